// A secret that is shown once is copied by a button: [data-copy] names the element that holds it.

async function copy(button) {
  const holder = document.getElementById(button.dataset.copy);
  try {
    await navigator.clipboard.writeText(holder.textContent);
    say("Copied.");
  } catch {
    // Browsers give no clipboard to plain http or without leave: then it stands selected, for Ctrl+C.
    getSelection().selectAllChildren(holder);
    say("Selected. Press Ctrl+C to copy.");
  }
}

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", () => copy(button));
}
