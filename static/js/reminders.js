// Reminders come up when their time comes: the region that shows them is read again then, and what is new in it
// pops up once. It is also read again when one was set elsewhere on the page, and when its lead was contacted.

const OFTEN = 2e3, RETRY = 30e3, JITTER = 1500;
const region = () => document.querySelector("[data-reminders]");
const due = () => [...region().querySelectorAll("[data-say]")];
const skew = Date.parse(document.body.dataset.now) - Date.now() || 0;
let busy = false, again = false, notBefore = 0, timer;

async function reread() {
  again = busy;
  if (busy) return;
  busy = true;
  const known = due().map((one) => one.dataset.reminder);
  notBefore = Date.now() + RETRY;
  try {
    await htmx.ajax("get", region().dataset.reminders, { source: region(), target: region(), swap: "outerHTML" });
    tell(due().filter((one) => !known.includes(one.dataset.reminder)));
  } catch { /* The live mark says that there is no connection; it is tried again. */ }
  busy = false;
  if (again) reread();
}

function tell(fresh) {
  if (fresh.length) notBefore = 0;
  // Nothing pops up over an open dialog; the reminder waits in its place.
  if (!fresh.length || document.querySelector("dialog[open]")) return;
  const more = fresh.length > 1 ? `, and ${fresh.length - 1} more` : "";
  say(`Reminder. ${fresh[0].dataset.say}${more}`);
}

// A clock that is looked at, not one timer: a laptop that slept or a timer of months would miss its time.
function look() {
  const next = Date.parse(region()?.dataset.next);
  const now = Date.now();
  if (now + skew >= next && now >= notBefore) reread();
}

function concerned({ detail }) {
  const ids = [detail.lead_id, ...(detail.also ?? [])];
  if (!due().some((one) => ids.includes(one.dataset.about))) return;
  timer ??= setTimeout(() => { timer = null; reread(); }, Math.random() * JITTER);
}

if (region()) {
  setInterval(look, OFTEN);
  document.addEventListener("visibilitychange", look);
  document.addEventListener("reminders:changed", reread);
  document.addEventListener("contact:logged", () => { if (region().matches("section")) reread(); });
  document.addEventListener("live:frame", concerned);
  document.addEventListener("live:check", ({ detail }) => { if (detail.full && due().length) reread(); });
  // An act whose answer comes after its region was read again has nowhere to go.
  const placed = new WeakSet();
  document.addEventListener("htmx:beforeSwap", ({ detail: { xhr } }) => placed.add(xhr));
  document.addEventListener("htmx:beforeRequest", ({ detail: { elt, xhr } }) => {
    if (elt.matches("[data-reminders] form")) xhr.addEventListener("loadend", () => { if (!placed.has(xhr)) reread(); });
  });
}
