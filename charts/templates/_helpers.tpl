{{- define "sp-agent.name" -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{- define "sp-agent.serviceAccount" -}}
{{- default (ternary (include "sp-agent.name" .) "default" .Values.serviceAccount.create) .Values.serviceAccount.name -}}
{{- end -}}

{{- define "sp-agent.selector" -}}
app.kubernetes.io/name: sp-agent
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "sp-agent.labels" -}}
{{ include "sp-agent.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end -}}

{{- /* Names of cluster-scoped objects carry the namespace: two releases of one name do not take each other's. */ -}}
{{- define "sp-agent.clusterName" -}}
{{ .Release.Namespace }}-{{ include "sp-agent.name" . }}
{{- end -}}

{{- define "sp-agent.backendSelector" -}}
app.kubernetes.io/name: sp-agent-backend
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "sp-agent.backendLabels" -}}
{{ include "sp-agent.backendSelector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end -}}

{{- define "sp-agent.image" -}}
{{- $image := .Values.image -}}
{{- $missing := "image.repository is required, as no image is published yet: build and push one as README.md shows, then give --set image.repository=REGISTRY/sp-agent" -}}
{{- $name := printf "%s:%s" (required $missing $image.repository) (default .Chart.AppVersion $image.tag) -}}
{{- ternary $name (printf "%s@%s" $name $image.digest) (empty $image.digest) | quote -}}
{{- end -}}

{{- /* Empty where nothing is asked for. */ -}}
{{- define "sp-agent.signaturePolicy" -}}
{{- $policy := .Values.operator.verification -}}
{{- if or $policy.required $policy.keys $policy.identities $policy.trustedRoot -}}
{{- toJson $policy -}}
{{- end -}}
{{- end -}}
