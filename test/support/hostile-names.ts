/** Names that led the operator's token elsewhere when they were put into a path as they were, by what they meant. */
export const hostileNames = {
  "another namespace's Secret": '../../kube-system/secrets/bootstrap',
  "another namespace's ConfigMap": '../../victim/configmaps/x',
  'a request to a pod': '../pods/victim:8080/proxy/admin?x=',
  'a watch instead of an object': '../../../pods?watch=true',
  'dots that are encoded': '%2e%2e/%2e%2e/kube-system/secrets/bootstrap',
  'a query': 'a?watch=true',
  'a fragment': 'a#b',
  'the collection itself': '',
  'one dot': '.',
  'two dots': '..',
};
