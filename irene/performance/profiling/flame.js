"use strict";
// The flame graph of a profile: stacks become a tree of boxes, as wide as their time.
// Nothing of the data is ever taken for markup: all of it is set as text.

function tree(data, measure, group) {
  const root = { name: "all", key: "", where: "", value: 0, own: 0, depth: 0, children: new Map() };
  for (const [owner, thread, cpu, wall, waits, functions] of data.stacks) {
    const value = measure === "cpu" ? cpu : wall;
    if (!(value > 0)) continue;
    const above = group === "thread" ? data.threads[thread] : data.owners[owner];
    let node = step(root, "group:" + above, above, "", data.owners[owner]);
    root.value += value;
    node.value += value;
    for (const place of functions) {
      const [name, where] = data.functions[place];
      node = step(node, place, name, where, data.owners[owner]);
      node.value += value;
    }
    node.own += value;
    node.waits = Boolean(waits);
  }
  return root;
}

function step(parent, key, name, where, owner) {
  let node = parent.children.get(key);
  if (!node) {
    node = { name, key, where, owner, value: 0, own: 0, waits: false, parent,
      depth: parent.depth + 1, children: new Map() };
    parent.children.set(key, node);
  }
  return node;
}

function ordered(node) {
  return [...node.children.values()].sort((one, other) => other.value - one.value);
}

// Boxes of everything that is wide enough to be seen: shares of the width, 0 to 1.
function boxes(root, zoomed, least) {
  const found = [];
  const ancestors = [];
  for (let node = zoomed.parent; node; node = node.parent) ancestors.unshift(node);
  ancestors.forEach((node) => found.push({ node, left: 0, width: 1 }));
  const lay = (node, left, width) => {
    if (width < least) return;
    found.push({ node, left, width });
    let at = left;
    for (const child of ordered(node)) {
      const share = (width * child.value) / node.value;
      lay(child, at, share);
      at += share;
    }
  };
  if (zoomed.value > 0) lay(zoomed, 0, 1);
  return found;
}

// Time in functions whose name or file holds a text; one inside of another counts once.
function matched(node, text) {
  if (matches(node, text)) return node.value;
  let sum = 0;
  for (const child of node.children.values()) sum += matched(child, text);
  return sum;
}

function matches(node, text) {
  return text !== "" && (node.name + " " + node.where).toLowerCase().includes(text);
}

function shown(seconds) {
  return seconds >= 1 ? seconds.toPrecision(3) + " s" : (seconds * 1e3).toPrecision(3) + " ms";
}

function hue(text) {
  let sum = 7;
  for (const letter of text || "") sum = (sum * 31 + letter.codePointAt(0)) % 360;
  return sum;
}

function start(page) {
  const data = JSON.parse(page.getElementById("profile").textContent);
  const graph = page.getElementById("graph");
  const told = page.getElementById("told");
  const search = page.getElementById("search");
  const found = page.getElementById("found");
  const measure = page.getElementById("measure");
  const group = page.getElementById("group");
  const HEIGHT = 19;
  let root, zoomed, chosen, elements;

  function grow() {
    root = tree(data, measure.value, group.value);
    zoomed = chosen = root;
    draw();
  }

  function draw() {
    const text = search.value.trim().toLowerCase();
    const least = 0.6 / Math.max(graph.clientWidth, 300);
    const laid = boxes(root, zoomed, least);
    elements = new Map();
    graph.replaceChildren(...laid.map((box) => drawn(box, text)));
    const deepest = Math.max(0, ...laid.map((box) => box.node.depth));
    graph.style.height = (deepest + 1) * HEIGHT + "px";
    found.textContent = text === "" ? "" : share(matched(root, text)) + " found";
    tell();
  }

  function drawn({ node, left, width }, text) {
    const box = page.createElement("div");
    box.className = "box" + (node.waits && node.own > 0 ? " waits" : "");
    if (matches(node, text)) box.classList.add("found");
    box.style.left = 100 * left + "%";
    box.style.width = 100 * width + "%";
    box.style.top = node.depth * HEIGHT + "px";
    box.style.setProperty("--hue", String(hue(node.owner)));
    box.id = "box" + elements.size;
    box.setAttribute("role", "treeitem");
    box.setAttribute("aria-level", String(node.depth + 1));
    box.setAttribute("aria-label", node.name + ", " + shown(node.value));
    box.textContent = node.name;
    box.title = node.name + " " + shown(node.value);
    box.addEventListener("click", () => zoom(node));
    box.addEventListener("mousemove", () => choose(node));
    elements.set(node, box);
    return box;
  }

  function share(value) {
    return (100 * value / (root.value || 1)).toFixed(1) + " %";
  }

  function tell() {
    for (const [node, box] of elements) box.classList.toggle("chosen", node === chosen);
    const box = elements.get(chosen);
    if (box) graph.setAttribute("aria-activedescendant", box.id);
    const own = chosen.own > 0 ? ", " + shown(chosen.own) + " of it its own" : "";
    const where = chosen.where ? "  " + chosen.where : "";
    const owner = chosen.owner ? "  for " + chosen.owner : "";
    told.textContent =
      chosen.name + ": " + shown(chosen.value) + " (" + share(chosen.value) + ")" + own + where + owner;
  }

  function choose(node) {
    if (node && elements.has(node) && node !== chosen) {
      chosen = node;
      tell();
    }
  }

  function zoom(node) {
    zoomed = chosen = node;
    draw();
  }

  function beside(steps) {
    if (!chosen.parent) return;
    const row = ordered(chosen.parent);
    choose(row[row.indexOf(chosen) + steps]);
  }

  const keys = {
    ArrowUp: () => choose(chosen.parent),
    ArrowDown: () => choose(ordered(chosen)[0]),
    ArrowLeft: () => beside(-1),
    ArrowRight: () => beside(1),
    Enter: () => zoom(chosen),
    " ": () => zoom(chosen),
    Escape: () => zoom(root),
    Backspace: () => zoom(zoomed.parent || root),
  };
  graph.addEventListener("keydown", (event) => {
    if (keys[event.key] && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      keys[event.key]();
    }
  });
  page.addEventListener("keydown", (event) => {
    if (event.key === "/" && page.activeElement !== search) {
      event.preventDefault();
      search.focus();
    } else if (event.key === "Escape" && page.activeElement === search) {
      search.value = "";
      draw();
      graph.focus();
    }
  });
  search.addEventListener("input", draw);
  measure.addEventListener("change", grow);
  group.addEventListener("change", grow);
  page.defaultView.addEventListener("resize", draw);
  grow();
}

if (typeof document !== "undefined") start(document);
if (typeof module !== "undefined") module.exports = { tree, boxes, matched };
