// Near the end of a session: say so, offer to stay, and when it is over cover the page without losing what was typed.
// Nothing is kept anywhere but in the page itself; the server alone decides when a session ends.
"use strict";

{
  const box = document.querySelector("[data-session]");
  const [warning, over] = ["warning", "over"].map((name) => box?.querySelector(`[data-session-${name}]`));
  const page = document.querySelector("main");
  let end = 0;
  let asking = false;

  const begin = (seconds) => {
    end = Date.now() + seconds * 1000;
  };
  const cover = (covered) => {
    page.hidden = covered;
    over.hidden = !covered;
    warning.hidden = true;
  };

  // Ask the server; null when it no longer knows us.
  const ask = async (options) => {
    const answer = await fetch(box.dataset.session, { redirect: "manual", cache: "no-store", ...options });
    return answer.ok ? answer.json() : null;
  };
  const renew = ({ left, who, token }) => {
    if (who !== box.dataset.who) {
      window.location.replace("/"); // somebody else signed in here
      return;
    }
    for (const field of document.querySelectorAll("input[name=csrfmiddlewaretoken]")) field.value = token;
    begin(left);
    cover(false);
    warning.hidden = left > Number(box.dataset.warning);
  };

  const look = async () => {
    const left = (end - Date.now()) / 1000;
    if (asking || document.hidden || left > Number(box.dataset.warning)) return;
    if (left > 0 && !warning.hidden) return;
    asking = true;
    try {
      const known = await ask();
      if (known && known.left > 0) renew(known);
      else cover(true);
    } catch {
      if (left <= 0) cover(true); // no network: better covered than open
    } finally {
      asking = false;
    }
  };

  if (box && page) {
    begin(Number(box.dataset.left));
    box.querySelector("[data-session-stay]").addEventListener("click", async () => {
      const token = document.querySelector("input[name=csrfmiddlewaretoken]").value;
      const known = await ask({ method: "POST", headers: { "X-CSRFToken": token } });
      if (known) renew(known);
      else cover(true);
    });
    window.setInterval(look, 2000);
    for (const event of ["focus", "pageshow"]) window.addEventListener(event, look);
    document.addEventListener("visibilitychange", look);
  }
}
