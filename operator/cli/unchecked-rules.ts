/** For commands that judge an object without asking the API server. */
export const uncheckedRulesHelp =
  "\nWithout a cluster, the API server's own rules are not checked: use kubectl apply --dry-run=server";
