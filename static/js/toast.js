// One short sentence at the bottom of the page, for ten seconds, longer while somebody is at it.
// A modal dialog makes everything outside it inert, so the region stands in the one on top. Whatever is swapped or
// closed may take the region off the page with it, so it is held here by itself and put back.

const slot = document.getElementById("toast-slot");
const toast = document.getElementById("toast");
const hovers = matchMedia("(hover: hover)");
let modals = [], cameFrom, timer, next;

// For scripts: a sentence, and something to press if there is something to do. "Undo" has its key. What it returns
// takes the sentence back, once it is no longer true.
window.say = (text, words, run) => {
  const parts = [part("span", text)];
  if (words) parts.push(button(words, run));
  // An Undo on offer is not taken away by news.
  if (isOffer([...toast.children]) && !isOffer(parts)) next = parts;
  else show(parts);
  return () => { if (parts[0].isConnected) hide(); };
};

function part(name, text) {
  const element = document.createElement(name);
  element.textContent = text;
  return element;
}

function button(words, run) {
  const act = part("button", words);
  act.className = "toast-act";
  act.type = "button";
  act.onclick = () => { hide(); run(); };
  if (words !== "Undo") return act;
  act.dataset.undo = "";
  act.dataset.key = act.ariaKeyShortcuts = "z";
  const key = part("kbd", "Z");
  key.ariaHidden = "true";
  act.append(" ", key);
  return act;
}

const isOffer = (parts) => parts.some((one) => one.matches("[data-undo]"));

function show(parts) {
  // One act after the other may be confirmed before anybody has read the first: Z belongs to the last.
  if (isOffer(parts)) for (const old of document.querySelectorAll(".notice [data-key=z]")) old.removeAttribute("data-key");
  next = null;
  toast.replaceChildren(...parts);
  htmx.process(toast);
  wait();
  // Whoever was in the toast goes on where they were before it.
  if (document.activeElement === document.body && cameFrom?.isConnected) cameFrom.focus({ preventScroll: true });
}

// A finger that has pressed something leaves it "hovered", so only a pointer that hovers counts.
const isHeld = () => document.hidden || slot.contains(document.activeElement) || toast.querySelector(":disabled")
  || (hovers.matches && slot.matches(":hover"));

function wait() {
  clearTimeout(timer);
  if (toast.firstElementChild && !isHeld()) timer = setTimeout(hide, toast.dataset.toastSeconds * 1000);
}

function hide() {
  show(next ?? []);
}

function place() {
  const isOpen = (dialog) => dialog.isConnected && dialog.matches(":modal");
  modals = [...new Set([...modals, ...document.getElementsByTagName("dialog")])].filter(isOpen);
  const holder = modals.at(-1) ?? document.body;
  if (slot.parentElement === holder && slot.isConnected) return;
  // Moved without leaving the page it keeps focus and does not come in again.
  if (slot.isConnected && holder.moveBefore) holder.moveBefore(slot, null);
  else holder.append(slot);
  // What htmx swapped out no longer hears its own button.
  htmx.process(slot);
}

// An Undo that failed is still on offer, and pressing it again is how one tries again.
function failed(event) {
  event.stopPropagation();
  const why = event.detail.xhr.status ? "something went wrong on our side" : "no connection to Tandem just now";
  toast.querySelector("span").textContent = `Not undone: ${why}.`;
  wait();
}

if (slot) {
  new MutationObserver(place).observe(document.body, { childList: true, subtree: true, attributeFilter: ["open"] });
  // The live region itself stays, and is given its words only where it will stand once the answer is in: one that is
  // replaced or moved together with its words is often not read out.
  document.addEventListener("htmx:oobBeforeSwap", ({ detail }) => {
    if (detail.target !== toast) return;
    detail.shouldSwap = false;
    setTimeout(show, 0, [...detail.fragment.firstElementChild.children]);
  });
  slot.addEventListener("focusin", ({ relatedTarget: from }) => { if (from && !slot.contains(from)) cameFrom = from; });
  slot.addEventListener("focusout", ({ relatedTarget: to }) => { if (to && !slot.contains(to)) cameFrom = null; });
  for (const name of ["pointerover", "pointerout", "focusin", "focusout"]) {
    slot.addEventListener(name, () => setTimeout(wait));
  }
  document.addEventListener("visibilitychange", wait);
  // The notice of an act that is undone is no longer true.
  document.addEventListener("htmx:afterOnLoad", ({ detail: { elt } }) => elt.closest(".notice:has([data-undo])")?.remove());
  for (const name of ["responseError", "sendError", "timeout"]) slot.addEventListener(`htmx:${name}`, failed);
}
