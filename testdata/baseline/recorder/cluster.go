package main

import (
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	networking "istio.io/api/networking/v1alpha3"
	networkingclient "istio.io/client-go/pkg/apis/networking/v1"
	"istio.io/istio/pilot/pkg/model"
	"istio.io/istio/pilot/pkg/networking/serviceentry"
	"istio.io/istio/pkg/config/schema/gvk"
)

// cluster is what Kubernetes, the injector and istiod's controllers would make of the objects: one pod for each
// workload, addresses, endpoints, the deployments of Gateways. This is the only invented part of a mesh.
type cluster struct {
	namespaces map[string]*corev1.Namespace
	pods       []*pod
	services   []*corev1.Service
	gateways   []*gatewayv1.Gateway
	others     []runtime.Object
	addresses  map[string]bool
}

// mode is how a pod takes part in the mesh.
type mode string

const (
	outside mode = "outside"
	sidecar mode = "sidecar"
	ambient mode = "ambient"
)

// pod is the one pod of a workload, and has its name.
type pod struct {
	*corev1.Pod
	mode    mode
	gateway model.NodeType // the pod is a proxy itself: model.Waypoint or model.Router
}

func (p *pod) key() string { return p.Namespace + "/" + p.Name }

func newCluster(all *objects) *cluster {
	c := &cluster{namespaces: map[string]*corev1.Namespace{}, addresses: map[string]bool{}}
	for _, object := range all.kube {
		switch one := object.(type) {
		case *corev1.Namespace:
			c.namespaces[one.Name] = one
		case *corev1.Service:
			c.services = append(c.services, one)
			c.addresses[one.Spec.ClusterIP] = true
		case *corev1.Pod:
			c.addresses[one.Status.PodIP] = true
		case *gatewayv1.Gateway:
			c.gateways = append(c.gateways, one)
		}
	}
	c.addNamespaces(all)
	for _, object := range all.kube {
		switch one := object.(type) {
		case *corev1.Namespace, *corev1.Service, *gatewayv1.Gateway:
		case *corev1.Pod:
			c.addPod(one)
		case *appsv1.Deployment:
			c.addTemplate(one, one.Spec.Replicas, &one.Spec.Template)
		case *appsv1.StatefulSet:
			c.addTemplate(one, one.Spec.Replicas, &one.Spec.Template)
		case *appsv1.DaemonSet:
			c.addTemplate(one, nil, &one.Spec.Template)
		case *networkingclient.ServiceEntry:
			c.allocate(one, all)
			c.others = append(c.others, one)
		default:
			c.others = append(c.others, one)
		}
	}
	c.addClasses()
	for _, gateway := range c.gateways {
		c.deploy(gateway)
	}
	for _, service := range c.services {
		c.finish(service)
		c.others = append(c.others, c.endpoints(service)...)
	}
	c.labelTunnels()
	return c
}

// addNamespaces makes every namespace that an object is in.
func (c *cluster) addNamespaces(all *objects) {
	needed := map[string]bool{"default": true, "istio-system": true, all.mesh.GetRootNamespace(): true}
	for _, object := range all.kube {
		if one, is := object.(metav1.Object); is && one.GetNamespace() != "" {
			needed[one.GetNamespace()] = true
		}
	}
	for _, one := range all.configs {
		needed[one.Namespace] = true
	}
	for name := range needed {
		if c.namespaces[name] == nil {
			c.namespaces[name] = &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
			stamp(c.namespaces[name])
		}
	}
	for name, one := range c.namespaces {
		if one.Labels == nil {
			one.Labels = map[string]string{}
		}
		one.Labels["kubernetes.io/metadata.name"] = name
	}
}

// address gives what has no address one in 127/8 that depends on its name alone, so that a mesh before and after a
// migration has the same.
func (c *cluster) address(base int, key string) string {
	hash := fnv.New32a()
	hash.Write([]byte(key))
	for n := hash.Sum32(); ; n++ {
		address := fmt.Sprintf("127.%d.%d.%d", base+int(n%32), (n>>8)%256, 1+(n>>16)%254)
		if !c.addresses[address] {
			c.addresses[address] = true
			return address
		}
	}
}

func (c *cluster) addTemplate(owner metav1.Object, replicas *int32, template *corev1.PodTemplateSpec) {
	if replicas != nil && *replicas == 0 {
		return
	}
	one := &corev1.Pod{ObjectMeta: *template.ObjectMeta.DeepCopy(), Spec: *template.Spec.DeepCopy()}
	one.Name, one.Namespace = owner.GetName(), owner.GetNamespace()
	stamp(one)
	c.addPod(one)
}

func (c *cluster) addPod(one *corev1.Pod) {
	if one.Labels == nil {
		one.Labels = map[string]string{}
	}
	if one.Annotations == nil {
		one.Annotations = map[string]string{}
	}
	if one.Spec.ServiceAccountName == "" {
		one.Spec.ServiceAccountName = "default"
	}
	if one.Status.PodIP == "" {
		one.Status.PodIP = c.address(64, "pod/"+one.Namespace+"/"+one.Name)
	}
	one.Spec.NodeName = "node"
	one.Status.PodIPs = []corev1.PodIP{{IP: one.Status.PodIP}}
	one.Status.Phase = corev1.PodRunning
	one.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}
	for i := range one.Spec.Containers {
		for j := range one.Spec.Containers[i].Ports {
			defaultProtocol(&one.Spec.Containers[i].Ports[j].Protocol)
		}
	}
	joined := &pod{Pod: one}
	joined.gateway = gatewayType(one)
	joined.mode = c.join(one, joined.gateway)
	c.pods = append(c.pods, joined)
}

func gatewayType(one *corev1.Pod) model.NodeType {
	switch {
	case one.Labels["gateway.istio.io/managed"] == "istio.io-mesh-controller":
		return model.Waypoint
	case one.Labels["gateway.networking.k8s.io/gateway-name"] != "",
		strings.Contains(one.Annotations["inject.istio.io/templates"], "gateway"),
		one.Labels["istio"] == "ingressgateway", one.Labels["istio"] == "egressgateway":
		return model.Router
	}
	return ""
}

// join does what the injector and the node agent do to a pod, and says how it takes part in the mesh.
func (c *cluster) join(one *corev1.Pod, gateway model.NodeType) mode {
	switch labels := c.namespaces[one.Namespace].Labels; {
	case gateway != "":
		return outside // its proxy is a gateway, which nothing stands in front of
	case c.injected(one):
		one.Labels["security.istio.io/tlsMode"] = "istio"
		one.Annotations["sidecar.istio.io/status"] = `{"containers":["istio-proxy"]}`
		return sidecar
	case one.Spec.HostNetwork, one.Labels["istio.io/dataplane-mode"] == "none":
		return outside
	case one.Labels["istio.io/dataplane-mode"] == "ambient", labels["istio.io/dataplane-mode"] == "ambient":
		one.Annotations["ambient.istio.io/redirection"] = "enabled"
		return ambient
	}
	return outside
}

// injected are the rules of the injection webhook: the pod may opt out by a label, or by an annotation; a namespace
// without a word leaves it to the pod's labels.
func (c *cluster) injected(one *corev1.Pod) bool {
	for _, container := range slices.Concat(one.Spec.Containers, one.Spec.InitContainers) {
		if container.Name == "istio-proxy" {
			return true
		}
	}
	wish, said := one.Labels["sidecar.istio.io/inject"]
	if !said {
		wish = one.Annotations["sidecar.istio.io/inject"]
	}
	if one.Spec.HostNetwork || wish == "false" {
		return false
	}
	labels := c.namespaces[one.Namespace].Labels
	if injection, said := labels["istio-injection"]; said {
		return injection == "enabled"
	}
	_, namespace := labels["istio.io/rev"]
	_, own := one.Labels["istio.io/rev"]
	return namespace || own || one.Labels["sidecar.istio.io/inject"] == "true"
}

// labelTunnels labels sidecar pods as the injector does once the ambient profile is installed: only so are they called
// by HBONE. A mesh with anything ambient in it has all its sidecars restarted since.
func (c *cluster) labelTunnels() {
	migrated := func(p *pod) bool { return p.mode == ambient || p.gateway == model.Waypoint }
	if !slices.ContainsFunc(c.pods, migrated) {
		return
	}
	for _, p := range c.pods {
		if p.mode == sidecar {
			p.Labels[model.TunnelLabel] = model.TunnelHTTP
		}
	}
}

// allocate gives the hosts of a ServiceEntry addresses, as istiod's controller does.
func (c *cluster) allocate(entry *networkingclient.ServiceEntry, all *objects) {
	if len(entry.Spec.Addresses) > 0 || !serviceentry.ShouldV2AutoAllocateIP(entry) {
		return
	}
	for _, host := range entry.Spec.Hosts {
		if !strings.Contains(host, "*") {
			address := c.address(192, "host/"+host)
			entry.Status.Addresses = append(entry.Status.Addresses, &networking.ServiceEntryAddress{Value: address, Host: host})
		}
	}
	for i := range all.configs {
		one := &all.configs[i]
		if one.GroupVersionKind == gvk.ServiceEntry && one.Name == entry.Name && one.Namespace == entry.Namespace {
			one.Status = &networking.ServiceEntryStatus{Addresses: entry.Status.Addresses}
		}
	}
}

// objects are what istiod reads from Kubernetes.
func (c *cluster) objects() []runtime.Object {
	all := []runtime.Object{&corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "node"}}}
	for _, name := range slices.Sorted(maps.Keys(c.namespaces)) {
		all = append(all, c.namespaces[name])
	}
	for _, gateway := range c.gateways {
		all = append(all, gateway)
	}
	for _, service := range c.services {
		all = append(all, service)
	}
	for _, p := range c.pods {
		all = append(all, p.Pod)
	}
	return append(all, c.others...)
}
