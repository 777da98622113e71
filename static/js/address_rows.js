// Addresses of a lead's form, a row each: added, pasted many at once, taken out, and put back until the form is saved.

const ROW = "[data-row-of]";
const IN_BRACKETS = /<\s*([^<>\s]+@[^<>\s]+)\s*>/;
const BREAKS = { emails: /[;,\n]/, phones: /\n|[;,](?!\s*ext)/i, profiles: /[;\n]|,\s+|\s+(?=\S*\/in\/)/ };
const inputOf = (row) => row.querySelector("input");
const isEmpty = (row) => !inputOf(row).value.trim();
const rowsOf = (group) => [...group.querySelectorAll(`[data-rows] > ${ROW}`)];
const changed = (group) => group.dispatchEvent(new Event("input", { bubbles: true }));

function number(group) {
  const { addresses: name, most } = group.dataset, label = group.querySelector("legend").textContent;
  rowsOf(group).forEach((row, at) => {
    const input = inputOf(row), note = row.querySelector("[data-row-note]");
    input.id = at ? `id_${name}_${at + 1}` : `id_${name}`;
    note.id = `${input.id}_note`;
    input.setAttribute("aria-describedby", note.id);
    input.ariaLabel = at ? `${label} ${at + 1}` : label;
    // Of a single empty row there is nothing to take out.
    row.querySelector("button").hidden = rowsOf(group).length === 1 && isEmpty(row);
    row.querySelector("button").ariaLabel = `${input.disabled ? "Put back" : "Remove"} ${input.value || input.ariaLabel}`;
  });
  group.querySelector("[data-add-row]").hidden = rowsOf(group).length >= most;
}

function addRow(group, value = "", after = rowsOf(group).at(-1)) {
  const row = rowsOf(group)[0].cloneNode(true);
  for (const name of ["value", "autofocus", "aria-invalid"]) inputOf(row).removeAttribute(name);
  inputOf(row).value = value;
  row.querySelector(".whole-value")?.remove();
  keep(row, true);
  after.after(row);
  number(group);
  return row;
}

function keep(row, isKept) {
  inputOf(row).disabled = !isKept;
  row.classList.toggle("is-removed", !isKept);
  row.querySelector("[data-row-note]").replaceChildren();
}

// The rows of a group as they are to be, for what was typed before a reload.
window.setRows = (group, values) => {
  rowsOf(group).slice(1).forEach((row) => row.remove());
  const [row] = rowsOf(group);
  keep(row, true);
  inputOf(row).value = values[0] ?? "";
  values.slice(1).forEach((value) => addRow(group, value));
  number(group);
};

// An empty row goes at once, a written one when the form is saved.
function remove(row) {
  const group = row.closest("[data-addresses]"), neighbour = row.nextElementSibling ?? row.previousElementSibling;
  if (inputOf(row).disabled || !isEmpty(row)) {
    keep(row, inputOf(row).disabled);
  } else if (neighbour) {
    row.remove();
    inputOf(neighbour).focus();
  } else {
    inputOf(row).focus();
  }
  number(group);
  changed(group);
}

function enter(event, row, group) {
  const next = rowsOf(group)[rowsOf(group).indexOf(row) + 1];
  const isFull = rowsOf(group).length >= group.dataset.most;
  if (isEmpty(row) || (!next && isFull)) return;
  event.preventDefault();
  inputOf(next ?? addRow(group)).focus();
}

// As leads/form/rows.py reads them: "Dana Miller <dana@acme.example>; bob@acme.example" is two.
function addressesIn(name, text) {
  const parts = text.split(BREAKS[name]).map((part) => part.trim()).filter(Boolean);
  if (name !== "emails") return parts;
  const isDressed = IN_BRACKETS.test(text);
  return parts.filter((part) => !isDressed || part.includes("@")).flatMap((part) => {
    const words = part.split(/\s+/);
    return IN_BRACKETS.exec(part)?.[1] ?? (words.every((word) => word.includes("@")) ? words : part);
  });
}

function paste(event) {
  const row = event.target.closest(ROW);
  if (!row) return;
  const group = row.closest("[data-addresses]"), text = event.clipboardData.getData("text");
  const parts = addressesIn(group.dataset.addresses, text);
  // One plain address is the browser's to paste.
  if (!parts.length || (parts.length === 1 && parts[0] === text.trim())) return;
  event.preventDefault();
  let last = row;
  if (isEmpty(row)) inputOf(row).value = parts.shift();
  for (const part of parts) last = addRow(group, part, last);
  inputOf(last).focus();
  number(group);
  changed(group);
}

document.addEventListener("click", ({ target }) => {
  const group = target.closest("[data-addresses]");
  if (!group) return;
  if (target.closest("[data-remove-row]")) remove(target.closest(ROW));
  if (!target.closest("[data-add-row]")) return;
  // One that is still empty is the one to write into.
  inputOf(rowsOf(group).find((row) => isEmpty(row) && !inputOf(row).disabled) ?? addRow(group)).focus();
});
document.addEventListener("keydown", (event) => {
  const row = event.target.matches("input") && event.target.closest(ROW);
  if (!row || event.isComposing || event.ctrlKey || event.metaKey) return;
  const group = row.closest("[data-addresses]");
  if (event.key === "Enter") enter(event, row, group);
  if (event.key !== "Backspace" || event.repeat || inputOf(row).value || rowsOf(group).length === 1) return;
  event.preventDefault();
  const before = row.previousElementSibling;
  remove(row);
  if (before && !inputOf(before).disabled) inputOf(before).focus();
});
document.addEventListener("paste", paste);
document.addEventListener("input", ({ target }) => {
  if (target.closest(ROW)) number(target.closest("[data-addresses]"));
});
document.querySelectorAll("[data-addresses]").forEach(number);
