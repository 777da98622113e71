// A long timeline in blocks: older ones come as one scrolls, and one that is out of date is read again once it is near.

const NEAR = "50% 0px", AHEAD = "600px 0px", BESIDE = "(min-width: 940px)", IN_A_ROW = 3;
const page = document.querySelector("main[data-page=lead]");
const status = document.getElementById("timeline-status");
const blocks = () => [...document.getElementById("entries")?.children ?? []].filter((part) => part.matches(".block"));
let unasked = 0;

const near = new IntersectionObserver((changes) => {
  for (const { target, isIntersecting } of changes) {
    target.classList.toggle("is-near", isIntersecting);
    if (isIntersecting) target.dispatchEvent(new CustomEvent("block:near", { bubbles: true }));
  }
}, { rootMargin: NEAR });

// Where something stands below the timeline it can be reached: after a few blocks in a row, the next waits for a press.
const ahead = new IntersectionObserver((changes) => {
  for (const { target, isIntersecting } of changes) {
    if (!isIntersecting || !(matchMedia(BESIDE).matches || unasked < IN_A_ROW)) continue;
    unasked += 1;
    htmx.trigger(target, "click");
  }
}, { rootMargin: AHEAD });

function watch() {
  for (const block of blocks()) {
    if ("watched" in block.dataset) continue;
    block.dataset.watched = "";
    near.observe(block);
    for (const link of block.querySelectorAll("[data-older]")) ahead.observe(link);
  }
  dropBeyondAGap();
}

// More came into a block than it can hold: what follows it no longer joins on, and comes again as one scrolls.
function dropBeyondAGap() {
  const all = blocks(), gap = all.findIndex((block, at) => all[at + 1] && all[at + 1].dataset.before !== block.dataset.until);
  if (gap >= 0) for (const block of all.slice(gap + 1)) block.remove();
}

// Blocks are put in place here. htmx would look through all entries for each id that comes, and tell each element that
// goes of its end: with thousands of entries that takes seconds.
function swapping({ detail }) {
  const { requestConfig: { elt: link }, target, serverResponse } = detail;
  if (!detail.shouldSwap) return;
  if (target.id === "timeline") document.getElementById("entries").replaceChildren();
  if (!link.matches("[data-older], [data-newer]")) return;
  detail.shouldSwap = false;
  const isOlder = link.matches("[data-older]"), old = link.closest(".block");
  const block = document.createRange().createContextualFragment(serverResponse).querySelector(".block");
  block.classList.add("is-near");
  old[isOlder ? "after" : "before"](block);
  htmx.process(block);
  watch();
  arrived(link, block, isOlder);
}

function arrived(link, block, isOlder) {
  const entries = block.querySelectorAll("li[id]").length, days = block.querySelectorAll("h3");
  const day = (isOlder ? [...days].at(-1) : days[0])?.textContent;
  status.textContent = `${entries} ${isOlder ? "older" : "newer"} entries, ${isOlder ? "back" : "up"} to ${day}`;
  if (document.activeElement === link) block.focus({ preventScroll: true });
}

// What takes a block's place is as near as it was, or as high until it has been laid out: nothing below it moves.
function replaced({ detail }) {
  const { target, fragment } = detail;
  const block = target.matches(".block") && fragment.querySelector(".block");
  if (!block) return;
  detail.shouldSwap = false;
  if (target.matches(".is-near")) block.classList.add("is-near");
  else block.style.containIntrinsicHeight = `auto ${target.offsetHeight}px`;
  target.replaceWith(block);
  htmx.process(block);
  watch();
}

if (page) {
  watch();
  document.addEventListener("blocks:new", watch);
  document.addEventListener("htmx:oobBeforeSwap", replaced);
  document.addEventListener("htmx:afterSwap", watch);
  document.addEventListener("htmx:beforeSwap", swapping);
  document.addEventListener("click", ({ target, isTrusted }) => { if (isTrusted && target.closest("[data-older]")) unasked = 0; });
  addEventListener("beforeprint", () => {
    document.querySelector("[data-print-count]").textContent = document.querySelectorAll("#entries li[id]").length;
  });
}
document.querySelector("[data-print]")?.addEventListener("click", () => print());
