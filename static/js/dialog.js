// The dialog in its slot: shown when the server sends one, closed without losing a word, never sent twice.

const slot = document.getElementById("dialog-slot");
const isSeen = (element) => element.getClientRects().length > 0;
const isSending = (dialog) => Boolean(dialog.querySelector("form[aria-busy=true]"));
let back, address = "", isOpening = false, isShown = false, kept = {};

function opened(dialog) {
  dialog.showModal();
  // Sent back by the server it is the same dialog, so it does not come in again.
  if (isShown) for (const animation of dialog.getAnimations()) animation.finish();
  dialog.dispatchEvent(new CustomEvent("dialog:open", { bubbles: true, detail: { address, again: isShown } }));
  lockWithoutReason();
  firstField(dialog, isShown)?.focus();
  isShown = true;
}

function firstField(dialog, again) {
  const wrong = again && (dialog.querySelector("[aria-invalid=true]") ?? dialog.querySelector("[name=reason]"));
  // A keyboard that slides in would cover the verdict, so on touch the first stop is the method.
  const touch = matchMedia("(pointer: coarse)").matches && dialog.querySelector("[name=method]:checked");
  const fields = [...dialog.querySelectorAll("input, select, textarea")].filter(isSeen);
  return wrong || touch || fields.find((field) => field.value === "") || fields.at(-1);
}

function closed(dialog) {
  // While it is being sent the answer decides: it may come back with a refusal.
  if (isSending(dialog)) return;
  dialog.dispatchEvent(new CustomEvent("dialog:close", { bubbles: true }));
  slot.replaceChildren();
}

function emptied() {
  isShown = false;
  kept = {};
  (back?.() ?? document.getElementById("main")).focus({ preventScroll: true });
}

function ask(event) {
  const { elt, xhr, target, requestConfig } = event.detail;
  if (target === slot && requestConfig.verb === "get") {
    if (isOpening || slot.querySelector("dialog")) return event.preventDefault();
    isOpening = true;
    xhr.addEventListener("loadend", () => { isOpening = false; });
  } else if (elt.matches("#dialog-slot form")) {
    // A verdict still on its way would unlock the buttons of a form that is being sent.
    htmx.findAll("#log-asks").forEach((asking) => htmx.trigger(asking, "htmx:abort"));
    elt.ariaBusy = "true";
    xhr.addEventListener("loadend", () => { elt.ariaBusy = null; });
  }
}

function beforeSwap({ detail }) {
  if (detail.target === slot) {
    if (detail.serverResponse.trimStart().startsWith("<dialog")) Object.assign(detail, { shouldSwap: true, isError: false });
    detail.serverResponse = fitting(detail.serverResponse);
  } else if (detail.target.id === "verdict") {
    const said = new FormData(detail.target.closest("form"));
    for (const name of ["reason", "note"]) if (said.has(name)) kept[name] = said.get(name);
    kept.already = Boolean(detail.target.querySelector(".already[open]"));
  }
}

// The reply to an act brings a lead page's regions; another page has no place for them.
function fitting(html) {
  const reply = document.createElement("template");
  reply.innerHTML = html;
  for (const part of reply.content.querySelectorAll("[hx-swap-oob]")) if (!document.getElementById(part.id)) part.remove();
  return reply.innerHTML;
}

// What was picked and typed since the guard was asked outlives its answer.
function afterSwap({ detail }) {
  if (detail.target.id !== "verdict") return;
  const verdict = document.getElementById("verdict");
  const reason = kept.reason && verdict.querySelector(`[name=reason][value="${CSS.escape(kept.reason)}"]`);
  const note = verdict.querySelector("[name=note]");
  const already = verdict.querySelector(".already");
  if (reason) reason.checked = true;
  if (note && kept.note && note.value !== kept.note) note.value = kept.note;
  if (already && kept.already) already.open = true;
  lockWithoutReason();
}

// Not disabled for good: pressed without a reason, the button says what is missing.
function lockWithoutReason() {
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
  if (event.key !== "Enter" || event.isComposing || !event.target.matches("#log-form input")) return;
  event.preventDefault();
  if (event.repeat || event.ctrlKey || event.metaKey) return;
  document.querySelector("#log-buttons [data-key='ctrl+enter']:not(:disabled)")?.click();
}

if (slot) {
  new MutationObserver(() => {
    const dialog = slot.querySelector("dialog");
    if (dialog && !dialog.open) opened(dialog);
    else if (!dialog && isShown) emptied();
  }).observe(slot, { childList: true });

  document.addEventListener("click", ({ target }) => {
    const opener = target.closest("[data-dialog-url]");
    if (!opener) return;
    address = opener.getAttribute("href");
    if (!opener.closest("#toast")) back = wayBack(opener);
  }, true);
  document.addEventListener("click", ({ target }) => {
    if (target.closest("[data-close]")) target.closest("dialog").close();
  });
  document.addEventListener("close", ({ target }) => {
    if (target.parentElement === slot) closed(target);
  }, true);
  document.addEventListener("htmx:beforeRequest", ask);
  document.addEventListener("htmx:beforeSwap", beforeSwap);
  document.addEventListener("htmx:afterSwap", afterSwap);
  document.addEventListener("submit", submitted, true);
  document.addEventListener("keydown", entered);
  document.addEventListener("change", lockWithoutReason);
}
