// A colleague's question, or the answer to one's own, pops up on any open page, and is shown in its own place.

const page = document.querySelector("main");
const link = document.getElementById("notes-link");

function arrived(note) {
  count(1);
  const isHere = reread(note);
  if (!note.answer || !inDialog(note)) tell(note, isHere);
}

// A note that was taken back goes from where it stood, and nothing pops up.
function gone(note) {
  count(-1);
  reread(note);
}

function reread(note) {
  const isHere = isAbout(note, page.dataset.lead);
  // What is open about this person, also in an open dialog, is read again.
  if (isHere) document.dispatchEvent(new CustomEvent("live:check", { detail: { full: true } }));
  else if (inDialog(note)) htmx.trigger("#log-asks", "verdict:ask");
  list();
  return isHere;
}

function list() {
  if (page.dataset.notesUrl) htmx.ajax("get", page.dataset.notesUrl, { target: "#notes", swap: "outerHTML" });
}

// On whichever record of the person.
const isAbout = ({ about, also = [] }, lead) => [about, ...also].includes(lead);
const inDialog = (note) => isAbout(note, document.getElementById("log-form")?.dataset.draft.split(":")[1]);

function count(more) {
  const now = document.getElementById("notes-link");
  const unread = Math.max(0, Number(now.dataset.unread) + more);
  now.dataset.unread = unread;
  const number = now.querySelector("[data-unread-count]");
  number.firstChild.textContent = unread;
  number.hidden = !unread;
}

function tell(note, isHere) {
  // A modal dialog covers everything else on the page.
  if (document.querySelector("dialog[open]")) {
    return document.addEventListener("close", () => setTimeout(tell, 0, note, isHere), { once: true, capture: true });
  }
  const words = `${note.user_name} ${note.answer ? "answered" : "asks you"} about ${note.lead_name}`;
  say(words, "Open", () => (isHere ? show() : location.assign(`/leads/${note.about}/#lead-notes`)));
}

function show() {
  const notes = document.getElementById("lead-notes");
  notes.scrollIntoView({ block: "center" });
  (notes.querySelector("textarea, button") ?? notes).focus({ preventScroll: true });
}

if (page && link) {
  document.addEventListener("live:frame", ({ detail }) => { ({ "note:arrived": arrived, "note:gone": gone })[detail.event]?.(detail); });
}
