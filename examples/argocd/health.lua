-- Health of an SpAgent for Argo CD: the value of resource.customizations.health.softprobe.ai_SpAgent in the ConfigMap argocd-cm.
local health = { status = "Progressing", message = "the operator has not looked at it yet" }
if obj.status == nil or obj.status.conditions == nil then
  return health
end
if obj.status.observedGeneration ~= obj.metadata.generation then
  return health
end
local conditions = {}
for _, condition in ipairs(obj.status.conditions) do
  conditions[condition.type] = condition
end
local ready = conditions["Ready"]
local stalled = conditions["Stalled"]
local rollout = obj.status.rollout
if stalled ~= nil and stalled.status == "True" then
  health.status = "Degraded"
  health.message = stalled.message
elseif ready ~= nil and ready.status == "True" then
  health.status = "Healthy"
  health.message = ready.message
elseif rollout ~= nil and (rollout.state == "Paused" or rollout.approval == "Required") then
  health.status = "Suspended"
  health.message = rollout.message
elseif ready ~= nil then
  health.message = ready.message
end
return health
