// A certificate's QR code carries its number behind "#", which browsers keep to themselves: it is filled in here.
// Without this script the number is typed.
"use strict";

const number = document.querySelector('input[name="number"]');
const carried = location.hash.slice(1);
if (number && /^[A-Z][0-9]{21}$/.test(carried)) {
  number.value = carried;
  // Else the number would stand in the history and in what is shared from here.
  history.replaceState(null, "", location.pathname);
  document.querySelector('input[name="name"]').focus();
}
