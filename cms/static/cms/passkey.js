// Passkeys: ask the browser what the form says, put its answer into the form, send it. Nothing is kept.
"use strict";

{
  const bytes = (text) => {
    const base64 = text.replaceAll("-", "+").replaceAll("_", "/");
    return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  };
  const text = (buffer) => {
    const letters = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join("");
    return btoa(letters).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  };
  const named = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));

  // The server writes buffers as base64url; the browser wants them raw.
  const question = ({ publicKey }) => {
    const raw = { ...publicKey, challenge: bytes(publicKey.challenge) };
    if (raw.user) raw.user = { ...raw.user, id: bytes(raw.user.id) };
    if (raw.excludeCredentials) raw.excludeCredentials = named(raw.excludeCredentials);
    if (raw.allowCredentials) raw.allowCredentials = named(raw.allowCredentials);
    return { publicKey: raw };
  };
  const answer = (credential) => {
    const response = {};
    for (const part of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (credential.response[part]) response[part] = text(credential.response[part]);
    }
    return {
      id: credential.id,
      rawId: text(credential.rawId),
      type: credential.type,
      response,
      clientExtensionResults: credential.getClientExtensionResults(),
    };
  };

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    const failed = form.querySelector("[data-passkey-failed]");
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      event.stopPropagation(); // staff.js would take the second sending for a double press
      failed.hidden = true;
      try {
        const asked = question(JSON.parse(form.dataset.options));
        const credential = await navigator.credentials[form.dataset.passkey](asked);
        form.elements.credential.value = JSON.stringify(answer(credential));
        form.submit();
      } catch {
        failed.hidden = false;
      }
    });
  }
}
