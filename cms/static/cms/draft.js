// Keeps a draft by itself a few seconds after something was typed, and says so. The form works without it.
// Nothing is kept in the browser: what is typed goes to the server or stays in the page.
"use strict";

{
  const QUIET = 3000; // milliseconds after the last key
  const LONGEST = 15000; // since the first key that is not kept
  const form = document.querySelector("form[data-draft]");
  const words = form?.querySelector("[data-draft-words]");
  let timer = 0;
  let since = 0; // when the first key was pressed that is not kept; 0 when everything is
  let sending = null;
  let over = false;
  let wrong = []; // [id, words] of what could not be kept

  const mark = () => {
    for (const old of form.querySelectorAll("[data-draft-wrong]")) old.remove();
    for (const [id, said] of wrong) {
      const field = document.getElementById(id);
      const place = field?.closest(".field") ?? field;
      if (!place || (place.contains(document.activeElement) && id.startsWith("id_"))) continue; // still at it
      const line = document.createElement("p");
      line.className = "field-error";
      line.dataset.draftWrong = "";
      line.textContent = said;
      place.append(line);
    }
  };

  const send = async () => {
    since = 0;
    try {
      const answer = await fetch(form.dataset.draft, {
        method: "POST", body: new FormData(form), redirect: "manual", cache: "no-store", keepalive: true,
      });
      if (!answer.ok) throw new Error(answer.status);
      const told = await answer.json();
      form.elements.base.value = told.base;
      words.textContent = told.words;
      over = told.stop;
      wrong = told.wrong;
      mark();
    } catch {
      since = since || Date.now(); // the next key tries again, and so does leaving the page
      words.textContent = form.dataset.draftLost;
    }
  };

  const keep = async () => {
    window.clearTimeout(timer);
    if (sending) await sending;
    if (!since || over) return;
    sending = send();
    await sending;
    sending = null;
  };

  const typed = () => {
    since = since || Date.now();
    window.clearTimeout(timer);
    timer = window.setTimeout(keep, Math.max(0, Math.min(QUIET, since + LONGEST - Date.now())));
  };

  if (form) {
    form.addEventListener("input", typed);
    form.addEventListener("focusout", () => window.setTimeout(mark));
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) keep();
    });
    // A draft that is on its way would make the server think that somebody else saved: wait for it, then go.
    form.addEventListener("submit", async (event) => {
      window.clearTimeout(timer);
      since = 0;
      if (!sending) return;
      event.preventDefault();
      event.stopPropagation();
      await sending;
      sending = null;
      form.requestSubmit(event.submitter);
    });
  }
}
