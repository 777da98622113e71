// Single-letter shortcuts: a key presses what carries data-key. They rest while one types and can be switched off.

// What J and K move over: the leads of the list, the cards of the review.
const ROWS = "tr[data-lead], [data-row]";
const TYPING = "input:not([type=radio], [type=checkbox]), select, textarea";
// The method whose key opened a row's dialog.
let method;

function holderOf(key, scope) {
  const holders = [...(scope?.querySelectorAll(`[data-key="${CSS.escape(key)}"]`) ?? [])];
  const possible = holders.filter((holder) => !holder.closest("[hidden]"));
  return possible.find((holder) => holder.checkVisibility()) ?? possible[0];
}

function press(holder) {
  if (holder?.matches("input")) holder.select();
  else holder?.click();
  return Boolean(holder);
}

// In a list J and K go from row to row. Focus goes along, so that Enter opens and screen readers follow.
function move(step) {
  const rows = [...document.querySelectorAll(ROWS)];
  const at = rows.findIndex((row) => row.matches(".is-current"));
  if (at >= 0 && !rows[at + step]) document.dispatchEvent(new CustomEvent("rows:end", { detail: step }));
  const row = rows[at + step] ?? rows[Math.max(at, 0)];
  row?.querySelector("[data-row-link]").focus({ preventScroll: true });
  row?.scrollIntoView({ block: "nearest" });
  return Boolean(row);
}

function letter(key, isRepeated) {
  const step = { j: 1, k: -1 }[key];
  if (step && move(step)) return true;
  if (isRepeated) return false;
  if (key === "?") return !document.getElementById("keys-dialog")?.showModal();
  const row = document.querySelector(".is-current");
  return press(rowLog(row, key) || holderOf(key, row) || holderOf(key, document));
}

// The Log button of a row, for N and for the key of a method; which key is whose the overview of keys says.
function rowLog(row, key) {
  method = document.querySelector(`#keys-dialog [data-method-key="${CSS.escape(key)}"]`)?.dataset.method;
  return (key === "n" || method) && row?.querySelector("[data-row-log]");
}

const undo = (key, isRepeated, scope) => key === "z" && !isRepeated && press(holderOf("z", scope));

document.addEventListener("keydown", (event) => {
  const { key, target } = event;
  // Keys typed while the dialog is still loading must not press anything else.
  const open = document.querySelector("dialog[open], #dialog-slot[aria-busy]");
  const isCommand = event.ctrlKey || event.metaKey;
  const isOff = document.body.dataset.shortcuts !== "true" || target.closest(TYPING);
  if (event.defaultPrevented || event.isComposing) return;
  if (isCommand && key === "Enter" && !event.repeat) {
    const button = holderOf("ctrl+enter", open ?? target.closest("form"));
    // On a narrow page the reasons are folded away while one is in the message, and could not be pointed at.
    button?.focus();
    if (press(button)) event.preventDefault();
  } else if (!isOff && !isCommand && !event.altKey && /^[a-zA-Z/?]$/.test(key)) {
    // With Caps Lock a letter comes as a capital; with Shift it is none of ours.
    const small = event.shiftKey ? key : key.toLowerCase();
    // Over an open dialog only the toast is to be pressed by a letter, and it stands in the dialog.
    if (open ? undo(small, event.repeat, open) : letter(small, event.repeat)) event.preventDefault();
  }
});

document.addEventListener("htmx:configRequest", ({ detail: { elt, parameters } }) => {
  if (method && elt.matches("[data-row-log]")) parameters.method = method;
  method = null;
});

document.addEventListener("focusin", ({ target }) => {
  const row = target.closest(ROWS);
  if (!row) return;
  document.querySelector(":is(tr, [data-row]).is-current")?.classList.remove("is-current");
  row.classList.add("is-current");
});
