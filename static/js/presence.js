// Who else is here and who is writing: read again when something has changed, or when somebody may have stopped.
// Dispatches presence:changed on the document when somebody begins to write or has stopped.
// A user who asked to be told when a person is free gets a toast on any page this tab shows by then.

const MOMENT = 20, JITTER = 40, LATE = 1000, OFTEN = 5e3, GONE = 404, ENDED = 401;
const KEPT = `tell-free:${document.body.dataset.user}`;
const own = document.querySelector("main[data-page=lead]")?.dataset.lead;
const timers = new Map(), turns = new Map(), writing = new Map();
const waiting = new Map(JSON.parse(sessionStorage.getItem(KEPT)));
// By lead: takes back the offer not to be told after all, which is not to hold up the very news.
const offers = new Map();
let noted, due;
const region = () => document.getElementById("presence");
const inDialog = () => document.getElementById("log-form")?.dataset.draft.split(":")[1];
const watched = () => new Set([own, inDialog(), ...waiting.keys()].filter(Boolean));

// The earlier time counts: that a claim runs out in minutes must not put off what was heard just now.
function rereadSoon(lead, pause = MOMENT) {
  const due = Date.now() + pause + Math.random() * JITTER;
  const planned = timers.get(lead);
  if (planned?.due <= due) return;
  clearTimeout(planned?.timer);
  timers.set(lead, { due, timer: setTimeout(reread, due - Date.now(), lead) });
}

async function reread(lead) {
  timers.delete(lead);
  if (!watched().has(lead)) return;
  const turn = (turns.get(lead) ?? 0) + 1;
  turns.set(lead, turn);
  try {
    const headers = { ...JSON.parse(document.body.getAttribute("hx-headers")), "HX-Request": "true" };
    const answer = await fetch(`/leads/${lead}/presence/`, { headers });
    const reply = document.createElement("template");
    if (answer.status === ENDED) document.dispatchEvent(new CustomEvent("login:doubt"));
    if (answer.ok) reply.innerHTML = await answer.text();
    // Two answers may overtake each other.
    if (reply.innerHTML && turns.get(lead) === turn) show(...reply.content.children);
    if (answer.status === GONE) wait(lead, "");
    else read(lead, answer.ok);
  } catch { read(lead, false); }
}

// What could not be read again is not to be believed; the next check makes up for it.
function read(lead, isGood) {
  if (![own, inDialog()].includes(lead)) return;
  document.dispatchEvent(new CustomEvent("live:read", { detail: { region: "presence", isGood } }));
}

function show(fresh, rows) {
  const isOwn = region()?.dataset.lead === fresh.dataset.lead;
  if (isOwn && region().dataset.writing !== fresh.dataset.writing) swap(document.getElementById("guard-rows"), rows);
  if (isOwn) swap(region(), fresh);
  note(fresh);
}

function swap(old, fresh) {
  const back = old.contains(document.activeElement) && wayBack(document.activeElement);
  old.replaceWith(fresh);
  htmx.process(fresh);
  if (back) back();
}

function note(fresh) {
  const { lead, name, writing: now, seconds } = fresh.dataset;
  noted = region();
  const before = writing.get(lead) ?? "";
  writing.set(lead, now);
  if (seconds) rereadSoon(lead, seconds * 1000 + Math.random() * LATE);
  if (before !== now) document.dispatchEvent(new CustomEvent("presence:changed", { detail: { lead } }));
  if (!now && waiting.has(lead)) free(lead, name);
  mark();
}

function free(lead, name) {
  const text = `${name} is free: ${waiting.get(lead)} is no longer writing.`;
  wait(lead, "");
  offers.get(lead)?.();
  // A user who has the dialog about this very person open need not open it.
  say(text, inDialog() === lead ? "" : "Log contact", () => compose(lead));
}

// What is half written in another dialog is kept as its draft.
function compose(lead) {
  document.querySelector("dialog[open]")?.close();
  htmx.ajax("get", `/leads/${lead}/contacts/new/`, "#dialog-slot");
}

function wait(lead, writer) {
  if (writer) waiting.set(lead, writer);
  else waiting.delete(lead);
  sessionStorage.setItem(KEPT, JSON.stringify([...waiting]));
}

function mark() {
  for (const button of document.querySelectorAll("[data-tell-free]")) {
    button.ariaPressed = String(waiting.has(button.dataset.tellFree));
    button.title = button.querySelector(button.ariaPressed === "true" ? ".if-waiting" : ".if-idle").textContent;
  }
}

function pressed({ target }) {
  const { tellFree: lead, writer } = target.closest("[data-tell-free]")?.dataset ?? {};
  if (!lead) return;
  const before = waiting.get(lead) ?? "";
  const put = (name) => { wait(lead, name); mark(); rereadSoon(lead); };
  wait(lead, before ? "" : writer);
  const text = before ? "You will not be told." : "You will be told when this lead is free.";
  offers.set(lead, say(text, "Undo", () => {
    put(before);
    say("Undone.");
  }));
  // It may have become free while this button was on the screen.
  rereadSoon(lead);
  mark();
}

function onFrame({ detail: { event, lead_id: lead, also, user_id: user } }) {
  if (event === "hello") watched().forEach((each) => rereadSoon(each));
  if (event !== "lead:presence" || user === document.body.dataset.user) return;
  for (const other of watched()) if (other === lead || also.includes(other)) rereadSoon(other);
}

// Once for all regions of an answer: looking for the buttons takes long in a long timeline.
function swappedSoon() {
  due ??= setTimeout(swapped);
}

function swapped() {
  due = null;
  // One that came with the page's other regions was read just now.
  if (region() && region() !== noted) note(region());
  else mark();
}

if (document.body.dataset.user) {
  if (region()) {
    writing.set(own, region().dataset.writing);
    note(region());
  }
  // It may have become free while the page was loading, and but for the list no page hears of other persons.
  const rereadWaiting = () => { for (const lead of waiting.keys()) if (lead !== own) rereadSoon(lead); };
  waiting.forEach((_, lead) => rereadSoon(lead));
  if (!document.querySelector("main[data-page=leads]")) setInterval(rereadWaiting, OFTEN);
  document.addEventListener("click", pressed);
  document.addEventListener("live:frame", onFrame);
  document.addEventListener("live:check", () => watched().forEach((each) => rereadSoon(each)));
  document.addEventListener("dialog:open", () => { if (inDialog() && inDialog() !== own) rereadSoon(inDialog()); mark(); });
  document.addEventListener("htmx:oobAfterSwap", swappedSoon);
  document.addEventListener("htmx:afterSwap", mark);
}
