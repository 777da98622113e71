// What one sees of the window while a phone's keyboard covers a part of it: dialogs fit into that, and the field one is
// at is not left under the keyboard or under the verdict's title.

const LOW = 480;
const view = window.visualViewport;
const root = document.documentElement;
const isIn = (element) => Boolean(element?.closest("dialog[open]"));

function fit() {
  // Whoever has zoomed in with two fingers sees a part of the dialog on purpose.
  const isCovered = view.scale < 1.05 && innerHeight - view.height > 1;
  const below = innerHeight - view.height - view.offsetTop;
  const seen = { "--seen-height": view.height, "--seen-top": view.offsetTop, "--seen-below": below };
  for (const [name, pixels] of Object.entries(seen)) {
    if (isCovered) root.style.setProperty(name, `${pixels}px`);
    else root.style.removeProperty(name);
  }
  root.toggleAttribute("data-low", isCovered && view.height <= LOW);
  leaveRoom();
  if (isIn(document.activeElement)) document.activeElement.scrollIntoView({ block: "nearest" });
}

// As much as the title takes, in however many lines.
function leaveRoom() {
  const head = document.querySelector("#log-dialog .verdict-head");
  if (!head) return;
  for (const scroller of document.querySelectorAll("#log-dialog :is(.log-body, .log-side)")) {
    scroller.style.scrollPaddingTop = `${head.offsetHeight + 8}px`;
  }
}

// What a fold opens is seen as far as it fits.
function unfolded({ target }) {
  const fold = target.closest("#verdict summary")?.parentElement;
  if (fold) setTimeout(() => { if (fold.open) fold.scrollIntoView({ block: "nearest" }); });
}

document.addEventListener("click", unfolded);
document.addEventListener("dialog:open", leaveRoom);
document.addEventListener("htmx:afterSwap", leaveRoom);
addEventListener("resize", leaveRoom);
for (const name of ["resize", "scroll"]) view?.addEventListener(name, fit);
