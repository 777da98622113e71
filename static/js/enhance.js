// Small comforts: forms that send themselves, addresses without empty parts, menus that close, bodies that unfold.

const OFTEN = 150;

document.addEventListener("change", ({ target }) => {
  if (target.closest("[data-autosubmit]")) target.form.requestSubmit();
});

// Only what narrows a list belongs in its address.
document.addEventListener("formdata", ({ target, formData }) => {
  if (target.method !== "get") return;
  for (const [name, value] of [...formData]) if (value === "") formData.delete(name);
});
document.addEventListener("htmx:configRequest", ({ detail }) => {
  if (detail.verb !== "get" || !detail.elt.matches("form")) return;
  for (const [name, value] of [...detail.formData]) if (value === "") delete detail.parameters[name];
});

// A form that leaves the page is sent once, however often it is pressed.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post" || form.hasAttribute("hx-post")) return;
  if (form.ariaBusy === "true") event.preventDefault();
  form.ariaBusy = "true";
});
// A page brought back by the Back button may still look as if it were sending.
addEventListener("pageshow", ({ persisted }) => {
  if (persisted && document.querySelector("[aria-busy=true]")) location.reload();
});

const changed = (form) => [...form.elements].some((field) =>
  field.matches("select")
    ? [...field.options].some((option) => option.selected !== option.defaultSelected) && field.dataset.touched
    : field.value !== field.defaultValue || field.checked !== field.defaultChecked);
document.addEventListener("input", ({ target }) => {
  if (target.matches("select")) target.dataset.touched = "true";
});
addEventListener("beforeunload", (event) => {
  const form = document.querySelector("form[data-guard-leave]:not([aria-busy=true])");
  if (form && changed(form)) event.preventDefault();
});

const menus = () => document.querySelectorAll("details.menu[open]");
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of menus()) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});
document.addEventListener("click", ({ target }) => {
  for (const menu of menus()) if (!menu.contains(target)) menu.open = false;
});

// "Read more" stands only where the body is really cut at this width.
function fold() {
  for (const body of document.querySelectorAll(".entry-body")) {
    const more = body.parentElement.querySelector(".read-more");
    if (more?.open) continue;
    const isCut = body.scrollHeight > body.clientHeight + 1;
    if (more) more.hidden = !isCut;
    else if (isCut) body.after(unfolder());
  }
}

function unfolder() {
  const more = document.createElement("details");
  more.className = "read-more";
  more.innerHTML = '<summary><span class="if-closed">Read more</span><span class="if-open">Read less</span></summary>';
  return more;
}

let soon;
const foldSoon = () => { clearTimeout(soon); soon = setTimeout(fold, OFTEN); };
fold();
addEventListener("resize", foldSoon);
document.addEventListener("htmx:afterSwap", fold);
