// Regions are replaced whole, under the reader's hands: focus, opened details and the place on the screen stay.

const FOCUSABLE = ":is(a[href], button, summary, input, select, textarea)";
const HOOKS = ["data-key", "value", "data-method", "href"];
const BAR = 60;
// No moment in which a new link or form is there but not yet alive, and would leave the page.
htmx.config.defaultSettleDelay = 0;

const backs = new WeakMap();
let place, held, unfolded = [];

function pathTo(element) {
  const hook = HOOKS.find((name) => element.hasAttribute(name));
  const own = element.localName + (hook ? `[${hook}="${CSS.escape(element.getAttribute(hook))}"]` : "");
  const holder = element.closest("[id]");
  return holder === element ? `#${element.id}` : holder ? `#${holder.id} ${own}` : own;
}

// Where to go back to: the element itself, its successor, its neighbour, or the region it was in.
window.wayBack = (element) => {
  const paths = [pathTo(element)];
  const holder = element.closest("[id]"), region = element.closest("[id][tabindex]");
  if (holder) paths.push(`#${holder.id} ${FOCUSABLE}`);
  if (region) paths.push(`#${region.id}`);
  const seen = (path) => [...document.querySelectorAll(path)].find((element) => element.checkVisibility());
  return () => (element.isConnected ? element : paths.map(seen).find(Boolean))?.focus({ preventScroll: true });
};

function remember({ detail: { xhr } }) {
  if (document.activeElement !== document.body) backs.set(xhr, wayBack(document.activeElement));
}

function restore(xhr) {
  for (const path of unfolded) document.querySelector(path)?.setAttribute("open", "");
  unfolded = [];
  if (document.activeElement === document.body) backs.get(xhr)?.();
  const entry = place && document.getElementById(place.id);
  if (entry) scrollBy({ top: entry.getBoundingClientRect().top - place.top, behavior: "instant" });
  place = null;
  if (!document.querySelector(".block:empty")) held = null;
}

// A button that locks itself while it sends loses the focus at once, so it is remembered before that.
document.addEventListener("htmx:beforeRequest", (event) => {
  remember(event);
  event.detail.xhr.addEventListener("loadend", () => restore(event.detail.xhr));
});
document.addEventListener("htmx:beforeSwap", remember);

// Brought back to a page, one reads on where one was: until all its blocks are there, or until one moves on.
window.readOnAt = (place) => { held = place; };
for (const name of ["wheel", "touchmove", "keydown", "mousedown"]) {
  addEventListener(name, () => { held = null; }, { passive: true });
}

// The entry that a reader who has scrolled down begins with, and where on the screen it is.
window.readingAt = () => {
  if (held) return held;
  const below = (element) => element.getBoundingClientRect().bottom > BAR;
  if (!(document.getElementById("timeline")?.getBoundingClientRect().top < 0)) return null;
  const block = [...document.querySelectorAll("#entries > .block")].find(below);
  const entry = block && [...block.querySelectorAll("li[id]")].find(below);
  return entry ? { id: entry.id, top: entry.getBoundingClientRect().top } : null;
};

document.addEventListener("htmx:oobBeforeSwap", ({ detail: { target } }) => {
  // Opened again only once the old one has gone: of the menus, the browser lets one be open at a time.
  unfolded.push(...[...target.querySelectorAll("details[open]")].map(pathTo));
  // A reader who has scrolled down is not moved by what is added above.
  if (target.matches(".block")) place ??= readingAt();
});
