// The address says what the timeline shows: the filters, a day, one entry. Back and Forward go through them, and return
// to what was unfolded and to the place one was reading at.

const PAUSE = 300, LEFT = "timeline-left";
const page = document.querySelector("main[data-page=lead]");
const timeline = () => document.getElementById("timeline");
// Names a step of the browser's history, so that what was kept of another is not taken for it.
const newStep = () => `${Date.now()} ${Math.random()}`;
let shown = location.search, pause;

// The state of this step in the browser's history: how far it is unfolded, and where on it one is.
function keep() {
  clearTimeout(pause);
  const all = [...document.querySelectorAll("#entries > .block")];
  const unfolded = all.length > 1 && all.map((block) => [block.id, block.dataset.before, block.dataset.until, block.offsetHeight]);
  history.scrollRestoration = unfolded ? "manual" : "auto";
  history.replaceState({ ...history.state, unfolded, at: readingAt(), y: scrollY }, "");
}

function leave() {
  keep();
  sessionStorage.setItem(LEFT, JSON.stringify(history.state));
}

// A reload brings the step as it was when the reload was asked for: what was kept while leaving is newer.
function arrive() {
  const left = JSON.parse(sessionStorage.getItem(LEFT));
  const state = left && left.step === history.state?.step ? left : history.state;
  history.replaceState({ step: newStep(), ...state }, "");
  return state;
}

// However much was unfolded, it is there at once as empty blocks of the same heights: what is near is read first.
function unfold(state) {
  const empty = state.unfolded.map(([id, before, until, height]) => {
    const block = document.createElement("div");
    Object.assign(block, { id, className: "block", tabIndex: -1, ariaBusy: "true" });
    Object.assign(block.dataset, { before, until, version: 0 });
    // Laid out or not.
    block.style.minHeight = `${height}px`;
    block.style.containIntrinsicHeight = `${height}px`;
    return block;
  });
  document.getElementById("entries").replaceChildren(...empty);
  document.dispatchEvent(new CustomEvent("blocks:new"));
  readOnAt(state.at);
  scrollTo({ top: state.y, behavior: "instant" });
}

async function show(search, source) {
  const old = timeline(), target = old;
  try {
    await htmx.ajax("get", old.dataset.timelineUrl + search, { source, target, swap: "outerHTML" });
  } catch { /* It has been said where the request was made. */ }
  return timeline() !== old;
}

async function go(url, source) {
  keep();
  const { search } = new URL(url, location);
  if (!await show(search, source)) return;
  shown = search;
  history.scrollRestoration = "manual";
  history.pushState({ step: newStep() }, "", location.pathname + search);
  if (timeline().getBoundingClientRect().top < 0) timeline().scrollIntoView();
}

async function back(state) {
  if (!await show(location.search, timeline())) return;
  if (state?.unfolded) unfold(state);
  else scrollTo({ top: state?.y ?? 0, behavior: "instant" });
}

function clicked(event) {
  const link = event.target.closest("a[data-place]");
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  go(link.href, link);
}

function submitted(event) {
  const form = event.target;
  if (!form.matches("form[data-place]")) return;
  event.preventDefault();
  go(`?${new URLSearchParams(new FormData(form))}`, form);
}

// An entry that others point to may be older than what the page begins with.
function find() {
  const [, id] = location.hash.match(/^#attempt-([0-9a-f-]+)$/) ?? [];
  if (id && !document.getElementById(`attempt-${id}`)) location.replace(`?entry=${id}${location.hash}`);
}

if (page) {
  const state = arrive();
  if (state?.unfolded) {
    history.scrollRestoration = "manual";
    document.addEventListener("DOMContentLoaded", () => unfold(state));
  } else find();
  document.addEventListener("click", clicked);
  document.addEventListener("submit", submitted);
  document.addEventListener("change", ({ target }) => target.form?.matches("[data-on-change]") && target.form.requestSubmit());
  addEventListener("popstate", ({ state }) => {
    if (location.search === shown) return;
    clearTimeout(pause);
    shown = location.search;
    back(state);
  });
  addEventListener("hashchange", find);
  addEventListener("scroll", () => { clearTimeout(pause); pause = setTimeout(keep, PAUSE); }, { passive: true });
  addEventListener("pagehide", leave);
}
