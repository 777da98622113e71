// The cards of the review: one of them is the current one, which A and X act on, and focus goes on to the next.

const page = document.querySelector("main[data-page=review]");
const cards = () => [...page.querySelectorAll("[data-row]")];
const current = () => page.querySelector("[data-row].is-current");
let at = 0;

function goTo(card) {
  card?.querySelector("[data-row-link]").focus();
  card?.scrollIntoView({ block: "nearest" });
}

// Which card the keys act on is seen before any of them is pressed.
function mark() {
  if (!current()) cards()[0]?.classList.add("is-current");
}

// The card may be gone now, and with it the focus: the one in its place is next.
function settled({ detail: { requestConfig } }) {
  if (requestConfig?.verb === "post") goTo(page.querySelector("[data-current]") ?? cards()[at] ?? cards().at(-1));
  mark();
}

if (page) {
  mark();
  document.addEventListener("htmx:beforeRequest", ({ detail: { elt } }) => {
    const card = elt.closest("[data-row]");
    if (card) at = cards().indexOf(card);
  });
  document.addEventListener("htmx:afterOnLoad", settled);
  document.addEventListener("htmx:afterSwap", mark);
}
