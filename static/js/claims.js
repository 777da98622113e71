// An open composer claims its person, so that colleagues see who is writing: renewed while it is open, and let go with
// it. The line's heartbeats drive it too, since timers of hidden tabs are slow.

const RETRY = 5;
const form = () => document.getElementById("log-form");
const isBusy = () => form()?.ariaBusy === "true";
let held, timer, logged, isRefused, chain = Promise.resolve();

// Only an outbound contact is claimed; what the person sends us needs no claim. Nor does a contact that is logged: its
// form says once more that a field has changed when it is taken off the page.
function neededClaim() {
  const open = form() !== logged ? form() : null;
  if (!open?.querySelector("[name=direction][data-claims]:checked")) return false;
  const data = new FormData(open);
  return { lead: form().dataset.draft.split(":")[1], method: data.get("method") };
}

function post(path, fields) {
  const headers = { ...JSON.parse(document.body.getAttribute("hx-headers")), "HX-Request": "true" };
  return fetch(path, { method: "POST", headers, body: new URLSearchParams(fields), keepalive: true });
}

// One after the other: a claim that arrives after its release would stay behind.
function later(act) {
  chain = chain.then(act).catch(() => {});
}

function sync(isLost) {
  const needed = neededClaim();
  if (!needed) return letGo();
  if (held && held.lead !== needed.lead) letGo();
  if (isLost || held?.method !== needed.method || held.due <= Date.now()) claim(needed);
}

function claim(needed) {
  held = { ...needed };
  renewIn(held, RETRY);
  const mine = held;
  later(async () => {
    if (held !== mine) return;
    const answer = await post(`/leads/${mine.lead}/claim/`, { method: mine.method });
    // Once: the login is asked about, and a renewed token makes it right or nothing does.
    if ([401, 403].includes(answer.status) && !isRefused) document.dispatchEvent(new CustomEvent("login:doubt"));
    isRefused = !answer.ok;
    const reply = answer.ok && await answer.json();
    if (held !== mine) return;
    if (reply) renewIn(mine, reply.renew_seconds);
    else if (answer.status < 500) clearTimeout(timer);
  });
}

function renewIn(mine, seconds) {
  mine.due = Date.now() + seconds * 1000;
  clearTimeout(timer);
  timer = setTimeout(sync, seconds * 1000);
}

function letGo() {
  clearTimeout(timer);
  if (!held) return;
  const { lead } = held;
  held = null;
  later(() => post(`/leads/${lead}/claim/release/`));
}

// Somebody's other tab, or a line that was lost, took the claim away under an open composer.
function onFrame({ detail: { event, lead_id: lead, user_id: user, was, doing } }) {
  if (isBusy() || !held) return;
  const isLost = event === "hello" || (lead === held.lead && user === document.body.dataset.user && was === "writing" && doing !== "writing");
  sync(isLost);
}

document.addEventListener("dialog:open", () => setTimeout(sync));
document.addEventListener("dialog:close", letGo);
document.addEventListener("contact:logged", () => { logged = form(); letGo(); });
document.addEventListener("change", ({ target }) => { if (target.form && target.form === form()) sync(); });
document.addEventListener("live:frame", onFrame);
document.addEventListener("login:back", () => sync(true));
document.addEventListener("DOMContentLoaded", () => { if (form()) setTimeout(sync); });
addEventListener("pageshow", ({ persisted }) => { if (persisted) sync(true); });
addEventListener("pagehide", () => {
  // Nothing that waits for an answer would still be sent.
  if (held) post(`/leads/${held.lead}/claim/release/`);
  held = null;
});
