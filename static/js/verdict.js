// The verdict beside what one types: read again when something happens; what was picked and typed since outlives the
// answer.

const form = () => document.getElementById("log-form");
const asks = () => document.getElementById("log-asks");
let kept = {};

function askAgain(isConcerned) {
  if (form() && !form().ariaBusy && isConcerned(form().dataset.draft)) htmx.trigger(asks(), "verdict:ask");
}

function beforeSwap({ detail: { target } }) {
  if (target.id !== "verdict") return;
  for (const [name, value] of new FormData(form())) kept[name] = value;
  kept.chosen = form().querySelector("[name=reason]:checked")?.id;
  kept.open = [...target.querySelectorAll("details[id][open]")].map(({ id }) => id);
}

function afterSwap({ detail: { target } }) {
  if (target.id !== "verdict") return;
  const chosen = document.getElementById(kept.chosen) ?? form().querySelector(`[name=reason][value="${kept.reason}"]`);
  if (chosen) chosen.checked = true;
  for (const note of notes()) if (kept.note && note.value !== kept.note) note.value = kept.note;
  for (const id of kept.open) document.getElementById(id)?.setAttribute("open", "");
  lock();
  announce(document.getElementById("verdict"));
}

// A region that stays says what has changed: one that comes with its words is often not read out.
function announce(verdict) {
  if (!("announce" in verdict.dataset)) return;
  const parts = [verdict.querySelector("#verdict-title"), ...verdict.querySelectorAll("#verdict-why > *")];
  document.getElementById("verdict-news").textContent = parts.map((part) => part.innerText.trim()).join(". ");
}

// A manager whom the guard refuses is asked why in two places, and one answer is enough.
const notes = () => form().querySelectorAll("[name=note]");

function copyNote({ target }) {
  if (target.name === "note" && target.form === form()) for (const note of notes()) note.value = target.value;
}

// Without a reason the button is not pressed in vain: it says what is missing.
function lock() {
  for (const button of document.querySelectorAll(".needs-reason")) {
    button.ariaDisabled = button.form.querySelector("[name=reason]:checked") ? null : "true";
  }
}

function submitted(event) {
  // What was sent and got no answer may be logged already, which only the server knows.
  if (event.submitter?.ariaDisabled !== "true" || event.target.dataset.sent) return;
  event.preventDefault();
  event.stopPropagation();
  const places = [event.submitter.closest("details"), event.target].filter(Boolean);
  const reason = places.map((place) => place.querySelector("[name=reason]")).find(Boolean);
  reason.setCustomValidity("Pick a reason first.");
  reason.reportValidity();
  reason.setCustomValidity("");
}

// Enter means the main button, never the first one in the page, which may be "Record as collision".
function entered(event) {
  if (event.key !== "Enter" || event.ctrlKey || event.metaKey || !event.target.matches("#log-form input")) return;
  event.preventDefault();
  if (!event.repeat && !event.isComposing) document.querySelector("#log-buttons [data-key='ctrl+enter']")?.click();
}

document.addEventListener("dialog:open", () => { kept = {}; lock(); });
document.addEventListener("change", lock);
document.addEventListener("input", copyNote);
document.addEventListener("submit", submitted, true);
document.addEventListener("keydown", entered);
document.addEventListener("htmx:beforeSwap", beforeSwap);
// A field that is taken off the page with its dialog says once more that it has changed, and nobody reads the answer.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.shouldSwap && detail.target.id === "dialog-slot" && form()) form().dataset.leaving = "";
});
document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.elt === asks() && "leaving" in form().dataset) event.preventDefault();
});
document.addEventListener("htmx:afterSwap", afterSwap);
// An answer still on its way would unlock the buttons of a form that is being sent.
document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  if (detail.elt === form() && asks()) htmx.trigger(asks(), "htmx:abort");
});
document.addEventListener("live:frame", ({ detail }) => {
  if (detail.event === "lead:presence") return;
  const ids = [detail.lead_id, ...(detail.also ?? [])];
  askAgain((draft) => ids.some((id) => draft.endsWith(`:${id}`)));
});
// Colleagues who only look at the page change no verdict: this event comes when one begins to write or has stopped.
document.addEventListener("presence:changed", ({ detail }) => askAgain((draft) => draft.endsWith(`:${detail.lead}`)));
document.addEventListener("live:check", ({ detail }) => askAgain(() => detail.full));
lock();
