"""Docments become docstrings: what a notebook says in comments beside parameters, `help()` shows.

In a notebook a parameter carries its meaning as a comment. Python forgets comments, so the export moves them into the docstring of
the module it writes, in the sections that editors and documentation tools know: Args, Returns, Raises."""
import ast
import io
import re
import textwrap
import tokenize
from dataclasses import dataclass, field

WIDTH = 118
KEPT = re.compile(r"\s*#\s*(noqa|type:|pragma)\b.*")  # comments that are for tools
CHECKS = re.compile(r"fail|_?check_\w+|as_path")      # calls that end in a ParameterError for a bad argument


class Comment(str):
    "The text of a comment; whether its line holds nothing else."
    alone = False


@dataclass
class Item:
    "One public function, method or class, and what its comments say."
    name: str                                  # dotted, within the module
    node: ast.AST
    args: dict = field(default_factory=dict)   # parameter -> its comment, or ""
    returns: str = ""                          # comment behind the signature
    gives: bool = False                        # whether there is something to be said about what comes back
    raises: tuple = ()                         # names of errors that the body raises itself
    checks: bool = False                       # whether it refuses bad arguments

    @property
    def doc(self): return ast.get_docstring(self.node) or ""


def comments_of(source):
    "line -> comment, without the hash; comments for tools are left out or cut off."
    out = {}
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT and (text := KEPT.sub("", token.string).lstrip("# ").strip()):
            out[token.start[0]] = Comment(text)
            out[token.start[0]].alone = not token.line[:token.start[1]].strip()
    return out


def _parameters(node):
    a = node.args
    return [*a.posonlyargs, *a.args, *([a.vararg] if a.vararg else []), *a.kwonlyargs, *([a.kwarg] if a.kwarg else [])]


def _body(node):
    "Nodes of a function, without those of functions and classes in it."
    todo = list(node.body)
    while todo:
        n = todo.pop()
        yield n
        if not isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            todo.extend(ast.iter_child_nodes(n))


def _described(lines, comments, first, last):
    "What comments say about things that end in given lines: {name: text}; a line of comment alone goes on with the one before."
    out, names = {}, []
    for i in range(first, last + 1):
        names = lines.get(i, names)
        if i in comments:
            for name in names: out[name] = f"{out[name]} {comments[i]}" if name in out else comments[i]
    return out


def _function(node, name, comments):
    params = [p for p in _parameters(node) if p.arg not in ("self", "cls")]
    at, begun = {}, {}
    for p in params:
        ends = [p, *(d for k, d in zip(node.args.kwonlyargs, node.args.kw_defaults) if k is p and d is not None)]
        positional = [*node.args.posonlyargs, *node.args.args]
        if node.args.defaults and p in positional and (k := positional.index(p) - len(positional) + len(node.args.defaults)) >= 0:
            ends.append(node.args.defaults[k])
        end = max(e.end_lineno for e in ends)
        at.setdefault(end, []).append(p.arg)
        for line in range(p.lineno, end): begun[line] = [p.arg]
    last_param = max(at, default=node.lineno)
    first_stmt = node.body[0].lineno
    last = max(last_param, first_stmt - 1) if first_stmt > node.lineno else node.lineno
    ends = last_param if node.returns is not None and node.returns.end_lineno == last_param else \
        next((i for i in range(last_param + 1, last + 1) if i in comments and not comments[i].alone), last + 1)
    said = _described({**begun, **at}, {i: c for i, c in comments.items() if i < ends}, node.lineno, min(ends, last))
    back = " ".join(comments[i] for i in range(ends, last + 1) if i in comments)
    if not params and not back: back = comments.get(node.lineno, "") if first_stmt > node.lineno else ""
    own = list(_body(node))
    errors = {ast.unparse(n.exc.func if isinstance(n.exc, ast.Call) else n.exc).split(".")[-1] for n in own
              if isinstance(n, ast.Raise) and n.exc is not None}
    gives = any(isinstance(n, ast.Return) and n.value is not None or isinstance(n, ast.Yield | ast.YieldFrom) for n in own)
    quiet = node.returns is not None and ast.unparse(node.returns) in ("None", "bool", "str", "Self", "'Self'")
    prop = any(ast.unparse(d).split(".")[-1] in ("property", "cached_property", "setter") for d in node.decorator_list)
    return Item(name, node, {p.arg: said.get(p.arg, "") for p in params}, back, gives and not quiet and not prop,
                tuple(sorted(e for e in errors if re.fullmatch(r"[A-Z]\w*Error", e))),
                any(isinstance(n, ast.Call) and CHECKS.fullmatch(ast.unparse(n.func).split(".")[-1]) for n in own))


def _fields(node, comments):
    "Fields of a data class, with their comments."
    at = {}
    for n in node.body:
        if isinstance(n, ast.AnnAssign) and isinstance(n.target, ast.Name) and not n.target.id.startswith("_"):
            at.setdefault(n.end_lineno, []).append(n.target.id)
    said = {}
    for line, names in at.items():
        for name in names: said[name] = comments.get(line, "")
    return said


def _is_overload(node): return any(ast.unparse(d).split(".")[-1] == "overload" for d in node.decorator_list)


def items(source):
    "The public functions, classes and methods of a module, as `Item`s."
    comments = comments_of(source)
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_") and not _is_overload(node):
            yield _function(node, node.name, comments)
        elif isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            item = Item(node.name, node)
            if any("dataclass" in ast.unparse(d) for d in node.decorator_list): item.args = _fields(node, comments)
            methods = [m for m in node.body if isinstance(m, ast.FunctionDef | ast.AsyncFunctionDef)]
            for m in methods:
                if m.name == "__init__":
                    made = _function(m, f"{node.name}.__init__", comments)
                    item.args, item.raises, item.checks = made.args, made.raises, made.checks
            yield item
            for m in methods:
                setter = any(ast.unparse(d).endswith((".setter", ".deleter")) for d in m.decorator_list)
                if not m.name.startswith("_") and not setter: yield _function(m, f"{node.name}.{m.name}", comments)


def missing(item):
    "What the help of an item lacks, one line each."
    first = item.doc.split("\n\n")[0].strip()
    if not first: yield "no docstring"
    elif not first.endswith((".", "?", "!", ":")): yield "the first paragraph of the docstring is no whole sentence"
    for name, text in item.args.items():
        if not text: yield f"nothing is said about {name}"
    if item.gives and not item.returns: yield "nothing is said about what comes back"
    for name in item.raises:
        if name != "ParameterError" and name not in item.doc: yield f"the docstring does not say when it raises {name}"


def _section(title, entries):
    out = [f"{title}:"]
    for text in entries:
            out += textwrap.wrap(text, WIDTH - 8, initial_indent="    ", subsequent_indent="        ", break_long_words=False,
                             break_on_hyphens=False)
    return "\n".join(out)


def rendered(item):
    "The docstring with the sections that the comments give; as it was where they give none."
    parts, groups = [item.doc], {}
    for name, text in item.args.items():
        if text: groups.setdefault(text, []).append(name)
    if groups: parts.append(_section("Args", (f"{', '.join(names)}: {text}" for text, names in groups.items())))
    if item.returns: parts.append(_section("Returns", [item.returns]))
    if item.checks: parts.append(_section("Raises", ["ParameterError: where an argument is not as described."]))
    return "\n\n".join(parts) if len(parts) > 1 else ""


def _quoted(text, indent):
    body = text.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    lines = body.split("\n")
    return "\n".join([f'{indent}"""{lines[0]}', *(f"{indent}{line}".rstrip() for line in lines[1:]), f'{indent}"""'])


def _signature(first, owner):
    "Lines of the signature whose comments have moved: of the function, or of the class's __init__."
    if isinstance(owner, ast.ClassDef):
        owner = next((m for m in owner.body if getattr(m, "name", "") == "__init__"), None)
        if owner is None: return range(0)
        first = owner.body[0]
    return range(owner.lineno, first.lineno)


def _without_comment(line):
    try: tokens = list(tokenize.generate_tokens(io.StringIO(line).readline))
    except (tokenize.TokenError, IndentationError): tokens = []
    at = next((t.start[1] for t in tokens if t.type == tokenize.COMMENT), None)
    if at is None: at = line.rfind("# ")
    kept = KEPT.search(line, at)
    return (line[:at].rstrip() + ("  " + kept[0].strip() if kept else "")).rstrip() if at >= 0 else line


def documented(source):
    "A module's source with the comments of its signatures moved into its docstrings."
    lines, comments, edits = source.splitlines(), comments_of(source), []
    for item in items(source):
        text, node = rendered(item), item.node
        if not text or not item.doc: continue
        edits.append((node.body[0], text, node))
    for i in (i for node, _, owner in edits for i in _signature(node, owner)):
        if i in comments: lines[i - 1] = _without_comment(lines[i - 1])
    for node, text, _ in sorted(edits, key=lambda e: -e[0].lineno):
        old, i = lines[node.lineno - 1:node.end_lineno], node.lineno - 1
        head, tail = old[0].encode()[:node.col_offset].decode(), old[-1].encode()[node.end_col_offset:].decode()
        if head.strip() or tail.strip(): continue  # a function in one line stays as it is
        lines[i:node.end_lineno] = _quoted(text, head).split("\n")
    return "\n".join(lines) + "\n"
