// Regions are replaced whole, under the reader's hands: focus, opened details and the place on the screen stay.

const FOCUSABLE = ":is(a[href], button, summary, input, select, textarea)";
const HOOKS = ["data-key", "value", "data-method", "href"];
const BAR = 60;

const isSeen = (element) => element.getClientRects().length > 0;
const firstSeen = (path) => [...document.querySelectorAll(path)].find(isSeen);

function pathTo(element) {
  if (element.id) return `#${CSS.escape(element.id)}`;
  const hook = HOOKS.find((name) => element.hasAttribute(name));
  const own = element.localName + (hook ? `[${hook}="${CSS.escape(element.getAttribute(hook))}"]` : "");
  const holder = element.closest("[id]");
  return holder ? `#${CSS.escape(holder.id)} ${own}` : own;
}

// Where to go back to: the element itself, its successor, its neighbour, or the region it was in.
window.wayBack = (element) => {
  const path = pathTo(element);
  const holder = element.closest("[id]");
  const region = element.closest("[tabindex][id]");
  const paths = [path, holder && `#${CSS.escape(holder.id)} ${FOCUSABLE}`, region && `#${CSS.escape(region.id)}`];
  return () => (element.isConnected ? element : paths.filter(Boolean).map(firstSeen).find(Boolean));
};

const backs = new WeakMap();
let place = null;

function remember({ detail }) {
  if (document.activeElement !== document.body) backs.set(detail.xhr, wayBack(document.activeElement));
}

function restore(xhr) {
  if (document.activeElement === document.body) backs.get(xhr)?.()?.focus({ preventScroll: true });
  const entry = place && document.getElementById(place.id);
  if (entry) scrollBy({ top: entry.getBoundingClientRect().top - place.top, behavior: "instant" });
  place = null;
}

// A button that locks itself while it sends loses the focus at once, so it is remembered before that.
document.addEventListener("htmx:beforeRequest", (event) => {
  remember(event);
  event.detail.xhr.addEventListener("loadend", () => restore(event.detail.xhr));
});
document.addEventListener("htmx:beforeSwap", remember);

document.addEventListener("htmx:oobBeforeSwap", ({ detail: { target, fragment } }) => {
  for (const details of target.querySelectorAll("details[open]")) {
    const again = fragment.querySelector(pathTo(details));
    if (again) again.open = true;
  }
  // Whoever has scrolled down to read is not moved by what is added above.
  if (target.id === "timeline" && target.getBoundingClientRect().top < 0) {
    const entry = [...target.querySelectorAll("li[id]")].find((li) => li.getBoundingClientRect().bottom > BAR);
    place = entry && { id: entry.id, top: entry.getBoundingClientRect().top };
  }
});
