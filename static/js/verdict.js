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
  kept.already = target.querySelector(".already")?.open;
}

function afterSwap({ detail: { target } }) {
  if (target.id !== "verdict") return;
  const paths = [`#reason-${kept.reason}`, "#id_note", ".already"];
  const [reason, note, already] = paths.map((path) => form().querySelector(path));
  if (reason) reason.checked = true;
  if (note && kept.note && note.value !== kept.note) note.value = kept.note;
  if (already && kept.already) already.open = true;
  lock();
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
  const reason = event.target.querySelector("[name=reason]");
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
document.addEventListener("submit", submitted, true);
document.addEventListener("keydown", entered);
document.addEventListener("htmx:beforeSwap", beforeSwap);
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
