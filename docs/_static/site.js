// Frames tell how high they are.
addEventListener("message", (event) => {
  const height = event.data && event.data.sepHeight;
  if (typeof height !== "number") return;
  for (const frame of document.querySelectorAll("iframe.sep-live"))
    if (frame.contentWindow === event.source) frame.style.height = `${Math.min(1200, Math.max(120, height + 4))}px`;
});

// What the theme leaves without a name, or names otherwise than it is labelled.
addEventListener("DOMContentLoaded", () => {
  for (const named of document.querySelectorAll("button.search-button-field, details.hide > summary, .hide > summary")) named.removeAttribute("aria-label");
  for (const toggle of document.querySelectorAll("details > summary"))
    if (!toggle.textContent.trim()) toggle.setAttribute("aria-label", `Pages under ${toggle.closest("li")?.querySelector("a")?.textContent.trim() ?? "this one"}`);
});
