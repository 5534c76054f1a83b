// The live wall.
import { watch } from "./watching.js";

const said = document.getElementById("said");
watch(document.querySelectorAll(".tile"), (problem) => {
  said.textContent = problem.message;
  said.hidden = false;
});
