// Whether what the page shows can be believed: the line lives, and the guard could be asked. While not, <html> carries
// data-line="down" and all is grey. Dispatches live:down and live:up, and live:check whenever something may have been
// missed ("anything newer?"; full: whatever it says).

const WORDS = { live: "Live", down: "Not live, trying again" };
const FIRST_PAUSE = 5e3, LONGEST_PAUSE = 60e3, POLL = 60e3, POLLS_TO_FULL = 10, SETTLED = 1e3;
const mark = document.getElementById("live-mark");
const page = document.querySelector("main[data-page]")?.dataset.page;
// What is on the page and could not be read again, or has not been since the line is back.
const unread = new Set();
let hasHeard = false, isLost = false, lostWords, hasEnded = false, polls = 0, fails = 0, retry;

const tell = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));
const isDown = () => document.documentElement.dataset.line === "down";
const isComposing = () => Boolean(document.getElementById("log-asks"));
const check = () => tell("live:check", { full: true });

function settle() {
  if (!isComposing()) unread.delete("verdict");
  if (!isComposing() && page !== "lead") unread.delete("presence");
  const down = isLost || unread.size > 0;
  if (!down) fails = 0;
  if (down) show("down", isLost ? lostWords : WORDS.down);
  else if (hasHeard) show("live", WORDS.live);
  if (down === isDown()) return;
  if (down) document.documentElement.dataset.line = "down";
  else delete document.documentElement.dataset.line;
  tell(down ? "live:down" : "live:up");
}

// A live region that is never replaced and says a change once; what it begins with is no news.
function show(state, words) {
  const text = mark.querySelector("[data-live-words]");
  if (mark.dataset.state === "connecting") setTimeout(() => { mark.ariaLive = "polite"; }, SETTLED);
  if (text.textContent !== words) text.textContent = words;
  mark.dataset.state = state;
}

function heard({ detail: { isNew } }) {
  const wasLost = isLost;
  hasHeard = true;
  isLost = hasEnded = false;
  if (wasLost && ["lead", "leads"].includes(page)) unread.add("page");
  if (wasLost && isComposing()) unread.add("verdict");
  if (wasLost || (isNew && unread.size)) check();
  // What is being sent just now asks nothing, and is asked for afterwards.
  if (unread.size) retry ??= setTimeout(again, FIRST_PAUSE);
  settle();
}

function lost({ detail: { words, code } }) {
  if (hasEnded && !code) return;
  isLost = true;
  hasEnded = Boolean(code);
  lostWords = words ?? WORDS.down;
  settle();
}

function read(region, isGood) {
  if (isGood) unread.delete(region);
  else unread.add(region);
  if (unread.size && !isLost) retry ??= setTimeout(again, Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** fails++));
  settle();
}

function again() {
  retry = null;
  if (unread.size && !isLost) check();
}

// Which request reads what the guard says on the page, or in the open dialog.
function regionOf(elt) {
  if (elt === mark || elt.matches("main[data-page=leads]")) return "page";
  return elt.id === "log-asks" ? "verdict" : "";
}

function poll() {
  polls += 1;
  // Words such as "2 days ago" grow old even when nothing happens.
  if (!hasEnded && (isDown() || polls % POLLS_TO_FULL === 0)) check();
}

if (mark && document.querySelector("[data-socket]")) {
  setInterval(poll, POLL);
  document.addEventListener("line:heard", heard);
  document.addEventListener("line:lost", lost);
  document.addEventListener("live:read", ({ detail }) => read(detail.region, detail.isGood));
  // One that is cut short is followed by another.
  document.addEventListener("htmx:beforeRequest", ({ detail: { elt, xhr } }) => {
    const region = regionOf(elt);
    if (!region) return;
    xhr.addEventListener("load", () => read(region, xhr.status < 400));
    for (const name of ["error", "timeout"]) xhr.addEventListener(name, () => read(region, false));
  });
  // Just answered by the server.
  document.addEventListener("dialog:open", () => { unread.delete("verdict"); settle(); });
  for (const name of ["dialog:close", "contact:logged"]) document.addEventListener(name, () => setTimeout(settle));
}
