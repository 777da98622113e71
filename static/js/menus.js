// Menus: closed by Escape, by a press elsewhere or when the focus has gone on; the arrow keys walk through them.

const open = () => document.querySelectorAll("details.menu[open]");
const items = (menu) => [...menu.querySelectorAll(".menu-list :is(a, button)")].filter((item) => item.checkVisibility());

function closeOthers({ target }) {
  for (const menu of open()) if (!menu.contains(target)) menu.open = false;
}

function escape() {
  for (const menu of open()) {
    if (menu.contains(document.activeElement)) menu.querySelector("summary").focus();
    menu.open = false;
  }
}

function walk(event) {
  const menu = event.target.closest?.("details.menu");
  if (!menu?.querySelector(".menu-list") || event.target.matches("input, select")) return;
  menu.open = true;
  const all = items(menu), at = all.indexOf(event.target);
  const to = { ArrowDown: at + 1, ArrowUp: at < 0 ? -1 : at - 1, Home: 0, End: -1 }[event.key];
  all.at(to % all.length)?.focus();
  event.preventDefault();
}

document.addEventListener("click", closeOthers);
document.addEventListener("focusin", closeOthers);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") escape();
  else if (["ArrowDown", "ArrowUp", "Home", "End"].includes(event.key)) walk(event);
});
