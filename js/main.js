import blend from "./blend.js";
import fit from "./fit.js";
import grid from "./grid.js";
import { follow } from "./lib/changes.js";
import { inside, joined } from "./lib/joined.js";
import { exported } from "./page.js";
import player from "./player.js";
import trajectory from "./trajectory.js";

/**
 * The one bundle: the model says in `kind` which view it wants. Notebooks load it through anywidget; an exported page holds it inline.
 * @type {Record<string, (context: {model: Model, el: HTMLElement}) => (() => void)>}
 */
const views = { player, grid, blend, trajectory, fit };

/** @param {{model: Model, el: HTMLElement}} context @returns {(() => void) | Promise<() => void>} */
function render({ model, el }) {
  const kind = model.get("kind"), view = views[kind];
  if (!view) throw new Error(`kind is ${JSON.stringify(kind)}: expected one of ${Object.keys(views).join(", ")}`);
  const player = inside(model, "player");  // an explorer has one; on an exported page the two are one state
  return player ? player.then((p) => view({ model: joined(model, p), el })) : view({ model, el });
}

/** Once for each model, before any view of it. @param {{model: Model}} context */
function initialize({ model }) { if (!["player", "grid"].includes(model.get("kind"))) follow(model); }

exported(document, render);

export default { initialize, render };
