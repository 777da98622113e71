// One short sentence at the bottom of the page, for ten seconds, longer while somebody is at it.
// An open dialog covers everything else on the page and makes it inert, so the toast moves into it.

const slot = document.getElementById("toast-slot");
const toast = () => document.getElementById("toast");
let timer, next;

// For scripts: a sentence, and something to press if there is something to do.
window.say = (text, words, run) => {
  const sentence = document.createElement("span");
  sentence.textContent = text;
  const parts = [sentence];
  if (words) {
    const act = document.createElement("button");
    act.className = "toast-act";
    act.textContent = words;
    act.onclick = () => { hide(); run(); };
    parts.push(act);
  }
  // An Undo on offer is not taken away by news.
  if (toast().querySelector("[data-undo]")) next = parts;
  else show(parts);
};

function show(parts) {
  place([...parts]);
  toast().replaceChildren(...parts);
  htmx.process(toast());
  wait();
}

function wait() {
  clearTimeout(timer);
  if (!slot.matches(":hover, :focus-within")) timer = setTimeout(hide, toast().dataset.toastSeconds * 1000);
}

function hide() {
  const parts = next ?? [];
  next = null;
  show(parts);
}

// What can be undone waits behind the dialog: its answer would take the dialog's place.
function place(parts) {
  const dialog = document.querySelector("#dialog-slot dialog[open]");
  moveTo(dialog && !parts.some((part) => part.matches("[data-undo]")) ? dialog : document.body);
}

function moveTo(holder) {
  if (slot.parentElement !== holder) holder.append(slot);
}

if (slot) {
  document.addEventListener("dialog:open", () => place([...toast().children]));
  document.addEventListener("dialog:close", () => moveTo(document.body));
  // Before the answer takes the dialog's place.
  document.addEventListener("htmx:beforeSwap", ({ detail: { target } }) => {
    if (target.contains(slot)) moveTo(document.body);
  });
  // The live region itself stays: one that is replaced together with its words is often not read out.
  document.addEventListener("htmx:oobBeforeSwap", ({ detail }) => {
    if (detail.target !== toast()) return;
    detail.shouldSwap = false;
    next = null;
    show(detail.fragment.firstElementChild.children);
  });
  for (const name of ["pointerover", "pointerout", "focusin", "focusout"]) {
    slot.addEventListener(name, () => setTimeout(wait));
  }
}
