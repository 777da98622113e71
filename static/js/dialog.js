// The dialog in its slot: shown when the server sends one, closed without losing a word, never sent twice.

const slot = document.getElementById("dialog-slot");
let back, address, isShown;

function opened(dialog) {
  dialog.showModal();
  // Sent back by the server it is the same dialog, so it does not come in again.
  if (isShown) for (const animation of dialog.getAnimations()) animation.finish();
  dialog.dispatchEvent(new CustomEvent("dialog:open", { bubbles: true, detail: { address, again: isShown } }));
  firstField(dialog).focus();
  isShown = true;
}

function firstField(dialog) {
  const isSeen = (field) => field.checkVisibility();
  const wrong = isShown && [...dialog.querySelectorAll("[aria-invalid=true], [name=reason]")].find(isSeen);
  // A keyboard that slides in would cover the verdict, so on touch the first stop is the method.
  const touched = matchMedia("(pointer: coarse)").matches && dialog.querySelector("[name=method]:checked");
  const fields = [...dialog.querySelectorAll("input, select, textarea")].filter(isSeen);
  return wrong || touched || fields.find((field) => !field.value) || fields.at(-1) || dialog;
}

function closed({ target }) {
  // While it is being sent the answer decides: it may come back with a refusal.
  if (target.parentElement !== slot || slot.querySelector("form[aria-busy]")) return;
  target.dispatchEvent(new CustomEvent("dialog:close", { bubbles: true }));
  slot.replaceChildren();
}

function beforeRequest(event) {
  const { elt, xhr, target, requestConfig, pathInfo } = event.detail;
  const isOpening = target === slot && requestConfig.verb === "get";
  const busy = isOpening ? slot : elt.matches("#dialog-slot form") && elt;
  if (!busy) return;
  if (isOpening && (slot.ariaBusy || slot.querySelector("dialog[open]"))) return event.preventDefault();
  // The browser reports Escape a moment later, when a fast typist already opens the next one.
  const left = isOpening && slot.querySelector("dialog");
  if (left) closed({ target: left });
  if (isOpening) address = pathInfo.requestPath;
  busy.ariaBusy = "true";
  xhr.addEventListener("loadend", () => { busy.ariaBusy = null; });
}

// An act brings a lead page's regions; another page has no place for them.
function beforeSwap({ detail }) {
  if (detail.target !== slot) return;
  const reply = document.createElement("template");
  reply.innerHTML = detail.serverResponse;
  for (const part of reply.content.querySelectorAll("[hx-swap-oob]")) {
    if (part.id && !document.getElementById(part.id)) part.remove();
  }
  detail.serverResponse = reply.innerHTML;
}

if (slot) {
  new MutationObserver(() => {
    const dialog = slot.querySelector("dialog");
    if (dialog && !dialog.open) opened(dialog);
    if (dialog || !isShown) return;
    isShown = false;
    back?.();
  }).observe(slot, { childList: true });
  document.addEventListener("click", ({ target, isTrusted }) => {
    const opener = target.closest("[data-dialog-url]"), focused = document.activeElement;
    // A letter presses it from afar, and one goes back to where one is: at a row, Enter opens the lead.
    if (opener) back = wayBack(isTrusted || focused === document.body ? opener : focused);
    if (target.closest("[data-close]")) target.closest("dialog").close();
  }, true);
  document.addEventListener("close", closed, true);
  document.addEventListener("htmx:beforeRequest", beforeRequest);
  document.addEventListener("htmx:beforeSwap", beforeSwap);
}
