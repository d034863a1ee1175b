// What the pages do beyond links and forms: times that run, addresses that are copied, and news that
// arrive without a reload. Without this script everything still works.
"use strict";

const root = document.body.dataset.root;
const UNITS = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];

function span(seconds) {
  const [length, unit] = UNITS.find(([length]) => seconds >= length) ?? [1, "s"];
  return `${Math.max(0, Math.floor(seconds / length))} ${unit}`;
}

// ------------------------------------------------------------------------------------------ times

function tick() {
  const now = Date.now();
  for (const time of document.querySelectorAll("time[data-way]")) {
    const passed = (now - Date.parse(time.dateTime)) / 1000;
    const text = time.dataset.way === "ago"
      ? (passed < 1 ? "just now" : `${span(passed)} ago`)
      : (passed > -1 ? "now" : `in ${span(-passed)}`);
    if (time.textContent !== text) time.textContent = text;
    if (time.dataset.way === "until" && passed > 3 && passed < 5) soon("");
  }
}
setInterval(tick, 1000);

// ------------------------------------------------------------------------------------------- copy

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy], [data-copy-from]");
  if (!button) return;
  const from = document.getElementById(button.dataset.copyFrom ?? "");
  const text = from ? from.textContent : button.dataset.copy;
  const words = button.textContent;
  button.textContent = await copied(text) ? "Copied" : "Not copied";
  say(button.textContent);
  setTimeout(() => { button.textContent = words; }, 1500);
});

async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;  // not over plain HTTP from another machine
  }
}

function say(text) {
  document.getElementById("said").textContent = text;
}

// ------------------------------------------------------------------------------------------- news

let waiting = 0;

// Brings what is shown up to date, once for all news of a moment, and not under a reader's hands.
function soon(name) {
  const shown = document.querySelector("[data-news]");
  if (!shown || waiting || (shown.dataset.news && name && shown.dataset.news !== name)) return;
  waiting = setTimeout(() => {
    waiting = 0;
    const busy = document.querySelector("[data-news] details.menu[open], .travel input:focus");
    if (busy) soon(name);
    else htmx.trigger("[data-news]", "news");
  }, 400);
}

const first = document.querySelector("[data-news]");
if (first) {
  const news = new EventSource(`${root}/events?after=${first.dataset.seen}`);
  for (const kind of ["added", "edited", "retimed", "removed", "restored", "corrected", "forgotten"]) {
    news.addEventListener(kind, (event) => {
      const told = JSON.parse(event.data);
      say(`${told.source}: ${kind}`);
      soon(told.source);
    });
  }
  setInterval(() => soon(""), 30000);
}

// What was opened stays open.
let opened = [];
document.addEventListener("htmx:beforeSwap", () => {
  opened = [...document.querySelectorAll("details[open][id]")].map((one) => one.id);
});
document.addEventListener("htmx:afterSettle", () => {
  for (const id of opened) document.getElementById(id)?.setAttribute("open", "");
});

// ------------------------------------------------------------------------------------ time travel

document.addEventListener("input", (event) => {
  const slider = event.target.closest(".travel input");
  if (!slider) return;
  const at = new Date(slider.value * 1000);
  slider.form.querySelector("output").textContent = slider.value === slider.max
    ? "now" : at.toISOString().slice(0, 16).replace("T", " ") + " UTC";
});

// A menu closes when something else is done.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});
