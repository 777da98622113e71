// The dialog in its slot: shown when the server sends one, closed without losing a word, never sent twice.

const slot = document.getElementById("dialog-slot");
const asking = () => document.getElementById("log-asks");
const isSending = () => slot.querySelector("form[aria-busy=true]");
let back, address, isShown, kept = {};

function opened(dialog) {
  // htmx itself gets to a new form a moment later; sent before that, it would leave the page.
  htmx.process(dialog);
  dialog.showModal();
  // Sent back by the server it is the same dialog, so it does not come in again.
  if (isShown) for (const animation of dialog.getAnimations()) animation.finish();
  dialog.dispatchEvent(new CustomEvent("dialog:open", { bubbles: true, detail: { address, again: isShown } }));
  lock();
  firstField(dialog).focus();
  isShown = true;
}

function firstField(dialog) {
  const wrong = isShown && dialog.querySelector("[aria-invalid=true], [name=reason]");
  // A keyboard that slides in would cover the verdict, so on touch the first stop is the method.
  const touched = matchMedia("(pointer: coarse)").matches && dialog.querySelector("[name=method]:checked");
  const fields = [...dialog.querySelectorAll("input, select, textarea")].filter((field) => field.checkVisibility());
  return wrong || touched || fields.find((field) => !field.value) || fields.at(-1) || dialog;
}

function closed({ target }) {
  // While it is being sent the answer decides: it may come back with a refusal.
  if (target.parentElement !== slot || isSending()) return;
  target.dispatchEvent(new CustomEvent("dialog:close", { bubbles: true }));
  slot.replaceChildren();
}

function beforeRequest(event) {
  const { elt, xhr, target, requestConfig, pathInfo } = event.detail;
  if (target === slot && requestConfig.verb === "get") {
    if (slot.ariaBusy || slot.querySelector("dialog")) return event.preventDefault();
    slot.ariaBusy = "true";
    address = pathInfo.requestPath;
    xhr.addEventListener("loadend", () => { slot.ariaBusy = null; });
  } else if (elt.matches("#dialog-slot form")) {
    // A verdict still on its way would unlock the buttons of a form that is being sent.
    if (asking()) htmx.trigger(asking(), "htmx:abort");
    elt.ariaBusy = "true";
    xhr.addEventListener("loadend", () => { elt.ariaBusy = null; });
  }
}

function beforeSwap({ detail }) {
  if (detail.target === slot) {
    // An act brings a lead page's regions; another page has no place for them.
    const reply = document.createElement("template");
    reply.innerHTML = detail.serverResponse;
    for (const part of reply.content.querySelectorAll("[hx-swap-oob]")) if (!document.getElementById(part.id)) part.remove();
    detail.serverResponse = reply.innerHTML;
  } else if (detail.target.id === "verdict") {
    for (const [name, value] of new FormData(detail.target.closest("form"))) kept[name] = value;
    kept.already = detail.target.querySelector(".already")?.open;
  }
}

// What was picked and typed since the guard was asked outlives its answer.
function afterSwap({ detail }) {
  if (detail.target.id !== "verdict") return;
  const verdict = document.getElementById("verdict");
  const reason = verdict.querySelector(`#reason-${kept.reason}`), note = verdict.querySelector("[name=note]");
  const already = verdict.querySelector(".already");
  if (reason) reason.checked = true;
  if (note && kept.note && note.value !== kept.note) note.value = kept.note;
  if (already && kept.already) already.open = true;
  lock();
}

// Pressed without a reason, the button says what is missing.
function lock() {
  for (const button of document.querySelectorAll(".needs-reason")) {
    button.ariaDisabled = button.form.querySelector("[name=reason]:checked") ? null : "true";
  }
}

function submitted(event) {
  if (event.submitter?.ariaDisabled !== "true") return;
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

function askAgain(isConcerned) {
  const form = document.getElementById("log-form");
  if (form && isConcerned(form) && !isSending()) htmx.trigger(asking(), "verdict:ask");
}

if (slot) {
  new MutationObserver(() => {
    const dialog = slot.querySelector("dialog");
    if (dialog && !dialog.open) opened(dialog);
    if (dialog || !isShown) return;
    isShown = false;
    kept = {};
    back?.();
  }).observe(slot, { childList: true });
  document.addEventListener("click", ({ target }) => {
    const opener = target.closest("[data-dialog-url]");
    if (opener) back = wayBack(opener);
    if (target.closest("[data-close]")) target.closest("dialog").close();
  }, true);
  document.addEventListener("close", closed, true);
  document.addEventListener("htmx:beforeRequest", beforeRequest);
  document.addEventListener("htmx:beforeSwap", beforeSwap);
  document.addEventListener("htmx:afterSwap", afterSwap);
  document.addEventListener("submit", submitted, true);
  document.addEventListener("keydown", entered);
  document.addEventListener("change", lock);
  document.addEventListener("live:frame", ({ detail }) => askAgain((form) => form.dataset.draft.endsWith(`:${detail.lead_id}`)));
  document.addEventListener("live:check", ({ detail }) => askAgain(() => detail.full));
}
