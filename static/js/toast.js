// One short sentence at the bottom of the page, for ten seconds, longer while somebody is at it.
// From the server it comes as #toast; from a script as the event toast:show {text, words, url | run}.

const slot = document.getElementById("toast-slot");
const toast = () => document.getElementById("toast");
let timer, waiting;

function show(children) {
  toast().replaceChildren(...children);
  htmx.process(toast());
  wait();
}

function wait() {
  clearTimeout(timer);
  if (!slot.matches(":hover, :focus-within")) timer = setTimeout(hide, Number(toast().dataset.toastSeconds) * 1000);
}

function hide() {
  clearTimeout(timer);
  const next = waiting;
  waiting = null;
  if (next) show(next);
  else toast().replaceChildren();
}

function sentence({ text, words, url, run }) {
  const said = document.createElement("span");
  said.textContent = text;
  if (!words) return [said];
  const act = document.createElement(url ? "a" : "button");
  act.className = "toast-act";
  act.textContent = words;
  if (url) {
    act.href = url;
    act.dataset.dialogUrl = "";
    act.setAttribute("hx-get", url);
    act.setAttribute("hx-target", "#dialog-slot");
  } else {
    act.type = "button";
  }
  act.addEventListener("click", () => { hide(); run?.(); });
  return [said, act];
}

if (slot) {
  // The live region itself stays: one that is replaced together with its words is often not read out.
  document.addEventListener("htmx:oobBeforeSwap", ({ detail }) => {
    if (detail.target.id !== "toast") return;
    detail.shouldSwap = false;
    waiting = null;
    show(detail.fragment.firstElementChild.children);
  });
  document.addEventListener("toast:show", ({ detail }) => {
    const said = sentence(detail);
    // An Undo on offer is not taken away by news.
    if (toast().querySelector("[data-undo]")) waiting = said;
    else show(said);
  });
  slot.addEventListener("pointerover", () => clearTimeout(timer));
  slot.addEventListener("pointerout", () => setTimeout(wait));
  slot.addEventListener("focusin", () => clearTimeout(timer));
  slot.addEventListener("focusout", () => setTimeout(wait));
}
