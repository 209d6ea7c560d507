package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	kubeyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"

	meshconfig "istio.io/api/mesh/v1alpha1"
	securityv1beta1 "istio.io/api/security/v1beta1"
	"istio.io/istio/pilot/pkg/config/kube/crd"
	"istio.io/istio/pkg/config"
	defaults "istio.io/istio/pkg/config/mesh"
	"istio.io/istio/pkg/config/schema/collections"
	kubelib "istio.io/istio/pkg/kube"
)

// created is the age of objects without one of their own: istiod breaks ties by name.
var created = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// objects are the manifests of a mesh as the API server serves them to istiod.
type objects struct {
	kube    []runtime.Object // Kubernetes, Gateway API, and the Istio kinds that the ambient index reads from Kubernetes
	configs []config.Config  // Istio kinds, for the config store
	mesh    *meshconfig.MeshConfig
	refused []string
}

// readBoth are the Istio kinds that istiod reads from its config store for sidecars and from Kubernetes for ztunnel.
var readBoth = map[string]bool{
	"AuthorizationPolicy": true, "PeerAuthentication": true, "ServiceEntry": true, "WorkloadEntry": true,
}

// clusterScoped are the kinds without a namespace that matter here.
var clusterScoped = map[string]bool{"Namespace": true, "Node": true, "GatewayClass": true}

func readObjects(manifests, meshConfig string, schemas *schemas) (*objects, error) {
	all := &objects{mesh: defaults.DefaultMeshConfig()}
	if err := all.setMesh(meshConfig); err != nil {
		return nil, err
	}
	documents, err := parse(manifests)
	if err != nil {
		return nil, err
	}
	for _, object := range lastOfEach(documents) {
		if err := all.add(object, schemas); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// parse reads the documents of a stream, and the items of lists among them.
func parse(manifests string) ([]*unstructured.Unstructured, error) {
	var all []*unstructured.Unstructured
	documents := kubeyaml.NewYAMLReader(bufio.NewReader(strings.NewReader(manifests)))
	for {
		document, err := documents.Read()
		if err == io.EOF {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		text, err := yaml.YAMLToJSON(document)
		if err != nil {
			return nil, err
		}
		var fields map[string]any
		if err := utiljson.Unmarshal(text, &fields); err != nil {
			return nil, err
		}
		all = append(all, flat(fields)...)
	}
}

func flat(fields map[string]any) []*unstructured.Unstructured {
	items, isList := fields["items"].([]any)
	if !isList && len(fields) > 0 {
		object := &unstructured.Unstructured{Object: fields}
		completeMetadata(object)
		return []*unstructured.Unstructured{object}
	}
	var all []*unstructured.Unstructured
	for _, item := range items {
		if fields, isObject := item.(map[string]any); isObject {
			all = append(all, flat(fields)...)
		}
	}
	return all
}

// lastOfEach drops objects that come again later, as `kubectl apply` would overwrite them.
func lastOfEach(all []*unstructured.Unstructured) []*unstructured.Unstructured {
	last := map[string]int{}
	id := func(one *unstructured.Unstructured) string {
		return strings.Join([]string{one.GroupVersionKind().GroupKind().String(), one.GetNamespace(), one.GetName()}, "|")
	}
	for i, one := range all {
		last[id(one)] = i
	}
	var kept []*unstructured.Unstructured
	for i, one := range all {
		if last[id(one)] == i {
			kept = append(kept, one)
		}
	}
	return kept
}

func (all *objects) setMesh(text string) error {
	if text == "" {
		return nil
	}
	config, err := defaults.ApplyMeshConfigDefaults(text)
	if err == nil {
		all.mesh = config
	}
	return err
}

func (all *objects) add(object *unstructured.Unstructured, schemas *schemas) error {
	kind, fields := object.GroupVersionKind(), object.Object
	switch {
	case kind.Kind == "":
		return nil // no object
	case kind.Kind == "IstioOperator":
		spec, _, _ := unstructured.NestedMap(fields, "spec", "meshConfig")
		text, err := json.Marshal(spec)
		if err != nil {
			return err
		}
		return all.setMesh(string(text))
	case kind.Group == "" && kind.Kind == "ConfigMap" && object.GetName() == "istio":
		text, _, _ := unstructured.NestedString(fields, "data", "mesh")
		return all.setMesh(text)
	case strings.HasSuffix(kind.Group, "istio.io"), kind.Group == "gateway.networking.k8s.io":
		if !schemas.know(kind) {
			all.refuse(object, fmt.Errorf("no such kind in this version"))
			return nil
		}
		if err := schemas.complete(fields, kind); err != nil {
			return err
		}
		// All versions of these kinds convert by their name alone; istiod watches one of them.
		object.SetAPIVersion(kind.Group + "/" + watchedVersion(kind))
	}
	if strings.HasSuffix(kind.Group, "istio.io") {
		accepted, err := all.addConfig(object)
		if err != nil || !accepted || !readBoth[kind.Kind] {
			return err
		}
	}
	return all.addKube(object)
}

func (all *objects) refuse(object *unstructured.Unstructured, why error) {
	all.refused = append(all.refused, fmt.Sprintf("%s %s/%s: %v", object.GetKind(), object.GetNamespace(), object.GetName(), why))
}

func completeMetadata(object *unstructured.Unstructured) {
	if clusterScoped[object.GetKind()] {
		object.SetNamespace("")
	} else if object.GetNamespace() == "" {
		object.SetNamespace("default")
	}
	stamp(object)
}

// stamp gives an object what every object in a cluster has.
func stamp(object metav1.Object) {
	if at := object.GetCreationTimestamp(); at.IsZero() {
		object.SetCreationTimestamp(metav1.NewTime(created))
	}
	object.SetGeneration(1)
	object.SetUID("uid")
}

func watchedVersion(kind schema.GroupVersionKind) string {
	for _, known := range collections.All.All() {
		if known.Group() == kind.Group && known.Kind() == kind.Kind {
			return known.Version()
		}
	}
	return kind.Version
}

// addConfig gives an object to the config store, if istiod's webhook would take it.
func (all *objects) addConfig(object *unstructured.Unstructured) (bool, error) {
	text, err := json.Marshal(object.Object)
	if err != nil {
		return false, err
	}
	raw := crd.IstioKind{}
	if err := json.Unmarshal(text, &raw); err != nil {
		return false, err
	}
	kind := config.FromKubernetesGVK(object.GroupVersionKind())
	known, exists := collections.PilotGatewayAPI().FindByGroupVersionAliasesKind(kind)
	if !exists {
		return false, fmt.Errorf("istiod does not know %v", kind)
	}
	converted, err := crd.ConvertObject(known, &raw, "cluster.local")
	if err == nil {
		_, err = known.ValidateConfig(*converted)
	}
	if err != nil {
		all.refuse(object, err)
		return false, nil
	}
	replaceKeys(converted)
	all.configs = append(all.configs, *converted)
	return true, nil
}

// replaceKeys gives every issuer the recorder's key: istiod would wait seconds for keys that are out of reach.
func replaceKeys(one *config.Config) {
	if authentication, is := one.Spec.(*securityv1beta1.RequestAuthentication); is {
		for _, rule := range authentication.JwtRules {
			rule.Jwks, rule.JwksUri = keySet, ""
		}
	}
}

func (all *objects) addKube(object *unstructured.Unstructured) error {
	text, err := json.Marshal(object.Object)
	if err != nil {
		return err
	}
	decoded, _, err := kubelib.IstioCodec.UniversalDeserializer().Decode(text, nil, nil)
	if runtime.IsNotRegisteredError(errors.Unwrap(err)) || runtime.IsNotRegisteredError(err) {
		return nil // a kind that istiod does not read
	}
	if err != nil {
		return fmt.Errorf("%s %s: %w", object.GetKind(), object.GetName(), err)
	}
	all.kube = append(all.kube, decoded)
	return nil
}
