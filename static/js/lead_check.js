// While a lead is typed the page says who is here already, and how each address is read. It never holds anybody up.
// Dispatches login:doubt when it is refused (login.js).

const PAUSE = 350, REFUSED = [401, 403];
const form = document.querySelector("form[data-check-url]");
// Nobody is told that an address is wrong while still writing it.
const left = new WeakSet();
let timer, asking;

function ask(pause = PAUSE) {
  clearTimeout(timer);
  timer = setTimeout(check, pause);
}

async function check() {
  asking?.abort();
  asking = new AbortController();
  const asked = [...form.querySelectorAll("[data-row-of] input:enabled")].map((input) => [input, input.value]);
  const body = new URLSearchParams(new FormData(form));
  try {
    const headers = JSON.parse(document.body.getAttribute("hx-headers"));
    const answer = await fetch(form.dataset.checkUrl, { method: "POST", headers, body, signal: asking.signal });
    const reply = document.createElement("template");
    if (REFUSED.includes(answer.status)) document.dispatchEvent(new CustomEvent("login:doubt"));
    if (!answer.ok) return;
    reply.innerHTML = await answer.text();
    show(reply.content, asked);
  } catch {
    // Cancelled by what was typed since, or no connection: saving asks again.
  }
}

function show(reply, asked) {
  for (const [input, value] of asked) {
    const { rowOf: name } = input.closest("[data-row-of]").dataset;
    const note = reply.querySelector(`[data-notes="${name}"] > li`);
    if (note && input.value === value && input.isConnected) tell(input, note);
    note?.remove();
  }
  const people = form.querySelector("[data-people]"), now = reply.querySelector("[data-people]");
  // Said once, not again with every letter.
  if (people.innerHTML === now.innerHTML) return;
  people.replaceChildren(...now.childNodes);
  // It has grown over the field one is writing in.
  if (form.contains(document.activeElement)) document.activeElement.scrollIntoView({ block: "nearest" });
}

function tell(input, note) {
  const isWrong = "wrong" in note.dataset;
  const isTooEarly = isWrong && input === document.activeElement && !left.has(input);
  const place = input.closest("[data-row-of]").querySelector("[data-row-note]");
  input.toggleAttribute("aria-invalid", false);
  if (isWrong && !isTooEarly) input.setAttribute("aria-invalid", "true");
  if (isTooEarly) place.replaceChildren();
  else if (place.innerHTML !== note.innerHTML) place.replaceChildren(...note.childNodes);
}

if (form) {
  form.addEventListener("input", () => ask());
  form.addEventListener("typed:back", () => ask(0));
  form.addEventListener("change", ({ target }) => {
    left.add(target);
    ask(0);
  });
}
