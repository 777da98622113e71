// Single-letter shortcuts: a key presses what carries data-key. They rest while one types and can be switched off.

const TYPING = "input:not([type=radio], [type=checkbox]), select, textarea, [contenteditable]";
const isSeen = (element) => element.getClientRects().length > 0;

function holderOf(key, scope = document) {
  const found = [...scope.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)].filter((one) => !one.closest("[hidden]"));
  return found.find(isSeen) ?? found[0];
}

function press(holder) {
  if (holder.matches("input, textarea")) {
    holder.focus();
    holder.select();
  } else {
    holder.click();
  }
}

// In a list J and K go from row to row. Focus goes along, so that Enter opens and screen readers follow.
function move(step) {
  const rows = [...document.querySelectorAll("tr[data-lead]")];
  const at = rows.findIndex((row) => row.matches(".is-current"));
  const next = rows[at < 0 ? 0 : Math.min(Math.max(at + step, 0), rows.length - 1)];
  next?.querySelector("[data-row-link]").focus({ preventScroll: true });
  next?.scrollIntoView({ block: "nearest" });
  return Boolean(next);
}

function letter(key, repeats) {
  const step = { j: 1, k: -1 }[key];
  if (step && move(step)) return true;
  if (repeats) return false;
  if (key === "?") {
    document.getElementById("keys-dialog")?.showModal();
    return true;
  }
  const inRow = key === "n" && document.querySelector(".is-current [data-row-log]");
  const holder = inRow || holderOf(key);
  if (holder) press(holder);
  return Boolean(holder);
}

function send(target, open) {
  const scope = open ?? target.closest("form");
  const holder = scope && holderOf("ctrl+enter", scope);
  if (holder && !holder.disabled) holder.click();
  return Boolean(holder);
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing) return;
  const open = document.querySelector("dialog[open]");
  const control = event.ctrlKey || event.metaKey;
  if (event.key === "Enter" && control) {
    if (!event.repeat && send(event.target, open)) event.preventDefault();
    return;
  }
  const off = document.body.dataset.shortcuts !== "true" || open || event.target.matches?.(TYPING);
  const isLetter = event.key.length === 1 && event.key === event.key.toLowerCase() && event.key !== " ";
  if (off || control || event.altKey || !isLetter) return;
  if (letter(event.key, event.repeat)) event.preventDefault();
});

document.addEventListener("focusin", ({ target }) => {
  const row = target.closest("tr[data-lead]");
  if (!row) return;
  for (const other of document.querySelectorAll(".is-current")) other.classList.remove("is-current");
  row.classList.add("is-current");
});
