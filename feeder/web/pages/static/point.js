// Pointing at an element of the still. The still runs no script; what lies over it asks which of its
// elements is where. A box is drawn around it, and around all that the selectors match.
"use strict";

const still = document.getElementById("still");
const frame = still.querySelector("iframe");
const over = still.querySelector(".over");
const form = document.getElementById("point");
const TALLEST = 40000;  // pixels
const NEXT = { update: "headline", headline: "time", time: "time" };

let current = null;

function page() {
  return frame.contentDocument;
}

function fit() {
  const height = Math.min(page().documentElement.scrollHeight, TALLEST);
  frame.style.height = over.style.height = `${height}px`;
}

function draw(kind, elements) {
  for (const box of over.querySelectorAll(`.${kind}`)) box.remove();
  for (const element of elements) {
    const at = element.getBoundingClientRect();
    const box = document.createElement("i");
    box.className = kind;
    box.style.left = `${at.left}px`;
    box.style.top = `${at.top}px`;
    box.style.width = `${at.width}px`;
    box.style.height = `${at.height}px`;
    over.append(box);
  }
}

function look(element) {
  current = element;
  draw("hover", element ? [element] : []);
}

function under(event) {
  const at = over.getBoundingClientRect();
  return page().elementFromPoint(event.clientX - at.left, event.clientY - at.top)?.closest("[data-n]");
}

function pick(element) {
  if (!element) return;
  const mode = form.elements.mode.value;
  form.elements[mode].value = element.dataset.n;
  form.elements.mode.value = NEXT[mode];
  htmx.trigger(form, "picked");
}

const STEPS = {
  ArrowDown: (all, at) => all[Math.min(all.indexOf(at) + 1, all.length - 1)],
  ArrowUp: (all, at) => all[Math.max(all.indexOf(at) - 1, 0)],
  ArrowLeft: (_, at) => at?.parentElement.closest("[data-n]") ?? at,
  ArrowRight: (_, at) => at?.querySelector("[data-n]") ?? at,
};

function start() {
  fit();
  new ResizeObserver(() => { fit(); mark(); }).observe(still);
}
if (page()?.readyState === "complete" && page().querySelector("[data-n]")) start();
else frame.addEventListener("load", start);

over.addEventListener("mousemove", (event) => look(under(event)));
over.addEventListener("mouseleave", () => look(null));
over.addEventListener("click", (event) => { look(under(event)); pick(current); });
over.addEventListener("keydown", (event) => {
  if (event.key === "Enter") {
    pick(current);
  } else if (event.key in STEPS) {
    event.preventDefault();
    const all = [...page().querySelectorAll("[data-n]")];
    look(STEPS[event.key](all, current) ?? all[0]);
    current.scrollIntoView({ block: "nearest" });
    const box = over.querySelector(".hover");
    box?.scrollIntoView({ block: "nearest" });
    document.getElementById("said").textContent =
      `${current.localName}: ${current.textContent.trim().slice(0, 80)}`;
  }
});

function mark() {
  const told = document.querySelector("[data-matches]")?.dataset.matches ?? "";
  for (const kind of ["update", "headline", "time"]) draw(kind, []);
  for (const part of told.split(";").filter(Boolean)) {
    const [kind, numbers] = part.split(":");
    const wanted = new Set(numbers.split(","));
    draw(kind, [...page().querySelectorAll("[data-n]")].filter((one) => wanted.has(one.dataset.n)));
  }
}
document.body.addEventListener("htmx:afterSettle", mark);
form.addEventListener("reset", () => {
  for (const name of ["update", "headline", "time"]) form.elements[name].value = "";
  document.getElementById("pointed").textContent = "Nothing has been pointed at yet.";
  mark();
});
