// The cards of the review: one of them is the current one, which A and X act on, and focus goes on to the next. What
// comes meanwhile is counted and shown on demand, so that nothing moves under the reader.

const MOMENT = 200, JITTER = 600;
const NEWS = ["lead:contacted", "lead:changed"];
const page = document.querySelector("main[data-page=review]");
const live = document.getElementById("live-mark");
const cards = () => [...page.querySelectorAll("[data-row]")];
const current = () => page.querySelector("[data-row].is-current");
let at = 0, timer;

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
  if (requestConfig?.verb === "post") {
    goTo(page.querySelector("[data-current]") ?? cards()[at] ?? cards().at(-1));
    // The reply to a verdict knows of no news.
    soon();
  }
  mark();
}

function soon() {
  timer ??= setTimeout(look, MOMENT + Math.random() * JITTER);
}

async function look() {
  timer = null;
  const asks = new URLSearchParams(location.search), older = page.querySelector("#review .older a");
  const before = older && new URL(older.href).searchParams.get("before");
  asks.delete("before");
  if (before) asks.set("before", before);
  asks.set("shown", cards().map((card) => card.id.replace("review-", "")));
  try {
    await htmx.ajax("get", `${page.dataset.newsUrl}?${asks}`, { source: live, target: live, swap: "none" });
  } catch { /* The live mark says that there is no connection; the next check makes up for it. */ }
}

if (page) {
  mark();
  document.addEventListener("htmx:beforeRequest", ({ detail: { elt } }) => {
    const card = elt.closest("[data-row]");
    if (card) at = cards().indexOf(card);
  });
  document.addEventListener("htmx:afterOnLoad", settled);
  document.addEventListener("htmx:afterSwap", mark);
  document.addEventListener("live:frame", ({ detail }) => { if (NEWS.includes(detail.event)) soon(); });
  document.addEventListener("live:check", soon);
}
