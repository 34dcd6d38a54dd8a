// A proof is a list of claims. Each prints one line; the first that does not hold ends the script with 1.
export function holds(claim, truth, seen = "") {
  console.log(`${truth ? "holds      " : "DOES NOT HOLD"} ${claim}${seen === "" ? "" : `  [${seen}]`}`);
  if (!truth) process.exit(1);
}
