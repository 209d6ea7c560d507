package main

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

func defaultProtocol(protocol *corev1.Protocol) {
	if *protocol == "" {
		*protocol = corev1.ProtocolTCP
	}
}

// finish gives a Service an address and the API server's defaults.
func (c *cluster) finish(service *corev1.Service) {
	if service.Spec.Type != corev1.ServiceTypeExternalName && service.Spec.ClusterIP == "" {
		service.Spec.ClusterIP = c.address(128, "service/"+service.Namespace+"/"+service.Name)
	}
	service.Spec.ClusterIPs = []string{service.Spec.ClusterIP}
	for i := range service.Spec.Ports {
		port := &service.Spec.Ports[i]
		defaultProtocol(&port.Protocol)
		if port.TargetPort == (intstr.IntOrString{}) {
			port.TargetPort = intstr.FromInt32(port.Port)
		}
	}
}

// endpoints are one slice for each pod that a Service selects: pods may give a named port different numbers.
func (c *cluster) endpoints(service *corev1.Service) []runtime.Object {
	var slices []runtime.Object
	if len(service.Spec.Selector) == 0 || service.Spec.Type == corev1.ServiceTypeExternalName {
		return nil
	}
	selector := labels.SelectorFromSet(service.Spec.Selector)
	for _, p := range c.pods {
		if p.Namespace != service.Namespace || !selector.Matches(labels.Set(p.Labels)) {
			continue
		}
		ready, node := true, p.Spec.NodeName
		slice := &discoveryv1.EndpointSlice{
			ObjectMeta: metav1.ObjectMeta{
				Name: service.Name + "-" + p.Name, Namespace: service.Namespace,
				Labels: map[string]string{discoveryv1.LabelServiceName: service.Name},
			},
			AddressType: discoveryv1.AddressTypeIPv4,
			Endpoints: []discoveryv1.Endpoint{{
				Addresses: []string{p.Status.PodIP}, NodeName: &node,
				Conditions: discoveryv1.EndpointConditions{Ready: &ready, Serving: &ready},
				TargetRef:  &corev1.ObjectReference{Kind: "Pod", Namespace: p.Namespace, Name: p.Name, UID: p.UID},
			}},
		}
		for i := range service.Spec.Ports {
			port := &service.Spec.Ports[i]
			if number, found := p.target(port); found {
				slice.Ports = append(slice.Ports, discoveryv1.EndpointPort{
					Name: &port.Name, Port: &number, Protocol: &port.Protocol, AppProtocol: port.AppProtocol,
				})
			}
		}
		stamp(slice)
		slices = append(slices, slice)
	}
	return slices
}

// target is the port of the pod that a Service port leads to.
func (p *pod) target(port *corev1.ServicePort) (int32, bool) {
	if port.TargetPort.Type == intstr.Int {
		return port.TargetPort.IntVal, true
	}
	for _, container := range p.Spec.Containers {
		for _, declared := range container.Ports {
			if declared.Name == port.TargetPort.StrVal && declared.Protocol == port.Protocol {
				return declared.ContainerPort, true
			}
		}
	}
	return 0, false
}

// controllers are those of the classes that istiod brings along.
var controllers = map[string]gatewayv1.GatewayController{
	"istio": "istio.io/gateway-controller", "istio-waypoint": "istio.io/mesh-controller",
}

func (c *cluster) addClasses() {
	for name, controller := range controllers {
		class := &gatewayv1.GatewayClass{
			ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: gatewayv1.GatewayClassSpec{ControllerName: controller},
		}
		stamp(class)
		c.others = append(c.others, class)
	}
}

// deploy does what istiod's controller does for a Gateway: a pod under its account, a Service, an address.
func (c *cluster) deploy(gateway *gatewayv1.Gateway) {
	class := string(gateway.Spec.GatewayClassName)
	controller, known := controllers[class]
	if !known {
		return
	}
	name := gateway.Name
	if class == "istio" {
		name += "-istio"
	}
	own := map[string]string{
		"gateway.networking.k8s.io/gateway-name":       gateway.Name,
		"gateway.networking.k8s.io/gateway-class-name": class,
		"gateway.istio.io/managed":                     strings.ReplaceAll(string(controller), "/", "-"),
		"istio.io/dataplane-mode":                      "none",
		"sidecar.istio.io/inject":                      "false",
	}
	for key, value := range gateway.Labels {
		if _, taken := own[key]; !taken {
			own[key] = value
		}
	}
	meta := metav1.ObjectMeta{Name: name, Namespace: gateway.Namespace, Labels: own}
	proxy := &corev1.Pod{ObjectMeta: *meta.DeepCopy(), Spec: corev1.PodSpec{ServiceAccountName: name}}
	stamp(proxy)
	c.addPod(proxy)
	service := &corev1.Service{ObjectMeta: *meta.DeepCopy()}
	service.Spec.Selector = map[string]string{"gateway.networking.k8s.io/gateway-name": gateway.Name}
	for _, listener := range gateway.Spec.Listeners {
		protocol := strings.ToLower(string(listener.Protocol))
		service.Spec.Ports = append(service.Spec.Ports, corev1.ServicePort{
			Name: string(listener.Name), Port: int32(listener.Port), AppProtocol: &protocol,
		})
	}
	stamp(service)
	c.services = append(c.services, service)
	kind := gatewayv1.HostnameAddressType
	gateway.Status.Addresses = []gatewayv1.GatewayStatusAddress{{Type: &kind, Value: name + "." + gateway.Namespace + ".svc.cluster.local"}}
}
