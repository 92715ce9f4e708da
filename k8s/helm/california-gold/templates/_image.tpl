{{- /* An image by the name of its component: by digest where one is given, else by the tag of all. */ -}}
{{- define "image" -}}
{{- $images := (index . 0).Values.images -}}
{{- $name := index . 1 -}}
{{- $digest := index $images.digests $name -}}
{{- printf "%s/%s" $images.registry $name -}}
{{- if $digest }}@{{ $digest }}{{ else }}:{{ $images.tag }}{{ end -}}
{{- end -}}
