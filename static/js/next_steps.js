// What one can do instead of what was refused, and what is typed into a question or an answer while the region it
// stands in is replaced.

const TYPED = "#ask-text, [data-answer-text]";
const kept = new Map(), typedIn = new WeakSet();

// The form turns to what is always recorded; the text stays.
const SWITCHES = {
  theirs: () => pick("#direction-inbound", "#id_subject"),
  past: () => pick("#id_when", "#id_occurred_at", "other"),
};

// Another method is named by its own radio.
const turn = (to) => (SWITCHES[to] ?? (() => pick(`#${to}`, `#${to}`)))();

function pick(path, next, value) {
  const field = document.querySelector(path);
  if (value) field.value = value;
  else field.checked = true;
  field.dispatchEvent(new Event("change", { bubbles: true }));
  document.querySelector(next).focus();
}

function openQuestion() {
  const ask = document.querySelector("#ask-step details");
  if (!ask) return;
  ask.open = true;
  ask.querySelector("textarea").focus();
  ask.scrollIntoView({ block: "nearest" });
}

// A question also outlives a method that is clear, and so has nobody to ask.
function remember() {
  for (const field of document.querySelectorAll(TYPED)) {
    const { value, selectionStart: from, selectionEnd: to } = field;
    // One that has just come in empty knows less than what is kept.
    if (!value && !typedIn.has(field)) continue;
    kept.set(field.id, { value, from, to, isOpen: field.closest("details")?.open });
  }
}

function restore() {
  for (const [id, { value, from, to, isOpen }] of kept) {
    const field = document.getElementById(id);
    if (!field) continue;
    if (isOpen) field.closest("details").open = true;
    if (!value || field.value) continue;
    field.value = value;
    field.setSelectionRange(from, to);
  }
}

document.addEventListener("input", ({ target }) => { if (target.matches(TYPED)) typedIn.add(target); });
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-switch]");
  if (button) turn(button.dataset.switch);
  // The browser reports an opened fold a moment later, when a fast typist has already begun.
  const folded = event.target.closest("#ask-step details:not([open]) > summary");
  if (folded) event.preventDefault();
  if (folded) openQuestion();
});
// In the question the key that logs the contact sends the question.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || !event.target.matches("#ask-text")) return;
  event.preventDefault();
  if (!event.repeat) document.querySelector("[data-ask-send]").click();
}, true);
for (const name of ["htmx:beforeSwap", "htmx:oobBeforeSwap"]) document.addEventListener(name, remember);
for (const name of ["htmx:afterSwap", "htmx:oobAfterSwap"]) document.addEventListener(name, restore);
document.addEventListener("dialog:open", ({ detail }) => { if (!detail.again) kept.delete("ask-text"); });
// The verdict may be read again while a step is on its way, and the answer then finds its target removed. What
// happens to an element that has gone reaches no document, so the request and its target are listened to.
const placed = new WeakSet();
document.addEventListener("htmx:beforeSwap", ({ detail: { xhr } }) => placed.add(xhr));
document.addEventListener("htmx:beforeRequest", ({ detail: { elt, xhr, target } }) => {
  if (!elt.closest(".step")) return;
  xhr.addEventListener("loadend", () => sent(xhr, elt));
  target.addEventListener("htmx:beforeSwap", (event) => { if (!target.isConnected) placeRest(event.detail); }, { once: true });
});

// htmx looks for the answer's other parts, such as the toast, beside the button: with the button gone, nowhere.
function placeRest(detail) {
  detail.shouldSwap = false;
  htmx.swap(document.body, detail.serverResponse, { swapStyle: "none" }, { eventInfo: { target: document.body } });
}

function sent(xhr, button) {
  if (xhr.status === 200 && button.matches("[data-ask-send]")) kept.delete("ask-text");
  if (placed.has(xhr) || !document.getElementById("log-asks")) return;
  htmx.trigger("#log-asks", "verdict:ask");
  document.dispatchEvent(new CustomEvent("reminders:changed"));
}
