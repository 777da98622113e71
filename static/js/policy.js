// A manager has changed the limits: what the page says may be done is read again, also in an open dialog.

// All pages of the company get the event at once, and need not all re-read at once.
const JITTER = 1500;

document.addEventListener("live:frame", ({ detail }) => {
  if (detail.event !== "policy:changed") return;
  const check = new CustomEvent("live:check", { detail: { full: true } });
  setTimeout(() => document.dispatchEvent(check), Math.random() * JITTER);
});
