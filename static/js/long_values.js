// What is longer than its field stands below it as a whole. A screen reader has it from the field.

const SOON = 100;
const form = document.querySelector("[data-long-values]");
let timer;

function show(field) {
  const place = field.closest(".address-row, .field");
  const whole = place.querySelector(":scope > .whole-value");
  if (field.scrollWidth <= field.clientWidth) return whole?.remove();
  const text = whole ?? document.createElement("p");
  text.className = "help whole-value";
  text.ariaHidden = "true";
  text.textContent = field.value;
  if (!whole) place.append(text);
}

const showAll = () => form.querySelectorAll("input:not([type=hidden])").forEach(show);

if (form) {
  showAll();
  for (const name of ["input", "typed:back"]) {
    form.addEventListener(name, () => { clearTimeout(timer); timer = setTimeout(showAll, SOON); });
  }
  addEventListener("resize", () => { clearTimeout(timer); timer = setTimeout(showAll, SOON); });
}
