// One act of a form or button: it is off meanwhile; the page is loaded anew, or the problem is said at `said`.
export function actingAt(said) {
  return async (button, act) => {
    button.disabled = true;
    said.hidden = true;
    try {
      await act();
      location.reload();
    } catch (problem) {
      button.disabled = false;
      said.textContent = problem.message;
      said.hidden = false;
      said.focus();
    }
  };
}
