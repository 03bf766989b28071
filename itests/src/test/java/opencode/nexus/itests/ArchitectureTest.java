package opencode.nexus.itests;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.jar.Manifest;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** The seven rules of the architecture. Each test is one of them. */
class ArchitectureTest {
    private static final List<String> BUNDLES = List.of(
            "home",
            "hub",
            "process",
            "settings",
            "notify",
            "restart",
            "demo",
            "opencode",
            "chat",
            "streaming",
            "search",
            "tunnel",
            "auth",
            "web",
            "web.chat",
            "web.dashboard",
            "ui",
            "shell");

    private static final String API = "opencode.nexus.api";

    private static final JavaClasses ALL = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("opencode.nexus")
            .that(DescribedPredicate.not(resideInAnyPackage("opencode.nexus.itests..", "opencode.nexus.testkit..")));

    /** Services of the core, which every bundle may need. */
    private static final Set<String> CORE = Set.of(
            "opencode.nexus.api.event.EventHub",
            "opencode.nexus.api.process.ProcessHost",
            "opencode.nexus.api.home.NexusHome");

    /** Components that are pointless without another feature. */
    private static final Map<String, Set<String>> POINTLESS_WITHOUT = Map.of(
            "opencode.nexus.settings", Set.of("org.osgi.service.cm.ConfigurationAdmin"),
            "opencode.nexus.web", Set.of("opencode.nexus.api.auth.AuthService"),
            "opencode.nexus.chat", Set.of("opencode.nexus.api.opencode.OpenCodeClient"),
            "opencode.nexus.streaming", Set.of("opencode.nexus.api.opencode.OpenCodeClient"),
            "opencode.nexus.web.chat", Set.of("opencode.nexus.api.chat.ChatService"));

    @Test
    void aBundleImportsOnlyTheApiLibrariesAndForWebTheHttpPackage() {
        for (String bundle : BUNDLES) {
            String own = "opencode.nexus." + bundle;
            DescribedPredicate<JavaClass> foreign = new DescribedPredicate<>("another bundle than " + bundle) {
                @Override
                public boolean test(JavaClass type) {
                    String name = type.getPackageName();
                    if (!name.startsWith("opencode.nexus.") || name.equals(API) || name.startsWith(API + ".")) {
                        return false;
                    }
                    if (bundle.startsWith("web.") && name.equals("opencode.nexus.web.http")) {
                        return false;
                    }
                    return !bundleOf(name).equals(bundle);
                }
            };
            noClasses()
                    .that(inBundle(bundle))
                    .should()
                    .dependOnClassesThat(foreign)
                    .allowEmptyShould(true)
                    .as(own + " knows no other bundle")
                    .check(ALL);
        }
    }

    @Test
    void onlyApiAndWebExportPackages() throws IOException {
        Map<String, String> exports = new TreeMap<>();
        Enumeration<URL> manifests = getClass().getClassLoader().getResources("META-INF/MANIFEST.MF");
        List<String> seen = new ArrayList<>();
        while (manifests.hasMoreElements()) {
            try (InputStream in = manifests.nextElement().openStream()) {
                var attributes = new Manifest(in).getMainAttributes();
                String name = attributes.getValue("Bundle-SymbolicName");
                if (name == null || !name.startsWith("opencode.nexus.")) {
                    continue;
                }
                seen.add(name);
                if (attributes.getValue("Export-Package") != null) {
                    exports.put(name, attributes.getValue("Export-Package"));
                }
            }
        }
        assertThat(seen).contains("opencode.nexus.api", "opencode.nexus.hub", "opencode.nexus.shell");
        assertThat(exports).containsOnlyKeys("opencode.nexus.api", "opencode.nexus.web");
        assertThat(exports.get("opencode.nexus.web")
                        .replaceAll("\"[^\"]*\"", "")
                        .split(","))
                .as("packages of web")
                .hasSize(1)
                .allMatch(clause -> clause.startsWith("opencode.nexus.web.http;"));
    }

    @Test
    void apiImportsNothingButJavaAndOsgiAnnotations() {
        classes()
                .that()
                .resideInAPackage(API + "..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(API + "..", "java..", "org.osgi.annotation..", "org.jspecify.annotations")
                .check(ALL);
    }

    @Test
    void onlyOneBundleKnowsEachThingOutside() throws IOException {
        only("process").mayUse("java.lang.ProcessBuilder");
        // The list of public suffixes comes with the HTTP client, but is none.
        only("opencode").mayUse("org.apache.hc.core5..");
        only("opencode").mayUse("org.apache.hc.client5.http.classic..");
        only("opencode").mayUse("org.apache.hc.client5.http.impl..");
        only("tunnel").mayUse("org.apache.hc.client5.http.psl..");
        only("web", "web.chat", "web.dashboard").mayUse("jakarta.servlet..");
        only("shell").mayUse("org.apache.karaf..");
        only("search").mayUse("org.apache.lucene..");
        assertNoLiteral("opencode", "prompt_async|/global/|message\\.part|permission\\.asked|session\\.idle");
        assertNoLiteral("tunnel", "trycloudflare|TUNNEL_|quicktunnel");
    }

    @Test
    void mandatoryReferencesLeadDownwardAndOthersAreOptionalDynamicAndGreedy() throws Exception {
        List<String> wrong = new ArrayList<>();
        for (Map.Entry<String, Document> component : components().entrySet()) {
            for (Element reference : elements(component.getValue(), "reference")) {
                String wanted = reference.getAttribute("interface");
                String cardinality = reference.getAttribute("cardinality");
                boolean mandatory = cardinality.isEmpty() || cardinality.startsWith("1..");
                boolean dynamic = reference.getAttribute("policy").equals("dynamic")
                        && reference.getAttribute("policy-option").equals("greedy");
                String bundle = "opencode.nexus." + bundleOf(packageOf(component.getKey()));
                boolean allowed = mandatory
                        ? CORE.contains(wanted)
                                || POINTLESS_WITHOUT
                                        .getOrDefault(bundle, Set.of())
                                        .contains(wanted)
                                || wanted.startsWith(bundle + ".")
                        : dynamic;
                if (!allowed) {
                    wrong.add(component.getKey() + " → " + wanted);
                }
            }
        }
        assertThat(wrong).isEmpty();
    }

    @Test
    void everyServletIsBehindTheLoginGateAndTheDefaultContextIsShut() throws Exception {
        boolean shut = false;
        int behindTheGate = 0;
        for (Map.Entry<String, Document> component : components().entrySet()) {
            Set<String> provided = Set.copyOf(elements(component.getValue(), "provide").stream()
                    .map(element -> element.getAttribute("interface"))
                    .toList());
            Map<String, String> properties = properties(component.getValue());
            if (provided.contains("jakarta.servlet.Servlet") || provided.contains("jakarta.servlet.Filter")) {
                assertThat(properties)
                        .as(component.getKey())
                        .containsEntry(
                                "osgi.http.whiteboard.context.select", "(osgi.http.whiteboard.context.name=nexus)");
                behindTheGate++;
            }
            shut |= provided.contains("org.osgi.service.servlet.context.ServletContextHelper")
                    && "default".equals(properties.get("osgi.http.whiteboard.context.name"));
        }
        assertThat(behindTheGate).isGreaterThan(5);
        assertThat(shut).as("a context named default that denies").isTrue();
    }

    @Test
    void aComponentWithStateIsImmediate() throws Exception {
        Map<String, Document> components = components();
        assertThat(components).hasSizeGreaterThan(15);
        assertThat(components.entrySet().stream()
                        .filter(component -> !component
                                .getValue()
                                .getDocumentElement()
                                .getAttribute("immediate")
                                .equals("true"))
                        .map(Map.Entry::getKey))
                .as("delayed components")
                .isEmpty();
    }

    // ---- how it is looked up ----

    private static String bundleOf(String packageName) {
        return BUNDLES.stream()
                .filter(bundle -> packageName.equals("opencode.nexus." + bundle)
                        || packageName.startsWith("opencode.nexus." + bundle + "."))
                .max((a, b) -> a.length() - b.length())
                .orElse(packageName);
    }

    private static DescribedPredicate<JavaClass> inBundle(String... bundles) {
        return new DescribedPredicate<>("in " + String.join(", ", bundles)) {
            @Override
            public boolean test(JavaClass type) {
                return Set.of(bundles).contains(bundleOf(type.getPackageName()));
            }
        };
    }

    private static Only only(String... bundles) {
        return library -> noClasses()
                .that(DescribedPredicate.not(inBundle(bundles)))
                .should()
                .dependOnClassesThat(
                        library.endsWith("..")
                                ? resideInAnyPackage(library)
                                : DescribedPredicate.describe(
                                        library, type -> type.getFullName().equals(library)))
                .check(ALL);
    }

    private interface Only {
        void mayUse(String library);
    }

    /** String literals in the sources of every other bundle must not hold such a word. */
    private static void assertNoLiteral(String owner, String words) throws IOException {
        Pattern literal = Pattern.compile("\"[^\"\\n]*(?:" + words + ")[^\"\\n]*\"");
        try (Stream<Path> files = Files.walk(Path.of("..", "bundles"))) {
            List<Path> sources = files.filter(file -> file.toString().endsWith(".java"))
                    .filter(file -> file.toString().contains("/src/main/"))
                    .filter(file -> !file.toString().contains("/bundles/" + owner + "/"))
                    .filter(file -> !file.toString().contains("/bundles/testkit/"))
                    .toList();
            assertThat(sources).hasSizeGreaterThan(50);
            for (Path source : sources) {
                assertThat(Files.readString(source)).as(source.toString()).doesNotContainPattern(literal);
            }
        }
    }

    /** Every component description on the class path, by class name. */
    private static Map<String, Document> components() throws Exception {
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        Map<String, Document> components = new TreeMap<>();
        Enumeration<URL> manifests = ArchitectureTest.class.getClassLoader().getResources("META-INF/MANIFEST.MF");
        while (manifests.hasMoreElements()) {
            URL url = manifests.nextElement();
            String listed;
            try (InputStream in = url.openStream()) {
                var attributes = new Manifest(in).getMainAttributes();
                String name = attributes.getValue("Bundle-SymbolicName");
                listed = name == null || !name.startsWith("opencode.nexus.")
                        ? null
                        : attributes.getValue("Service-Component");
            }
            if (listed == null) {
                continue;
            }
            for (String path : listed.split(",")) {
                try (InputStream in = ArchitectureTest.class.getClassLoader().getResourceAsStream(path.trim())) {
                    Document document = factory.newDocumentBuilder().parse(in);
                    components.put(elements(document, "implementation").get(0).getAttribute("class"), document);
                }
            }
        }
        return components;
    }

    private static String packageOf(String className) {
        return className.substring(0, className.lastIndexOf('.'));
    }

    private static Map<String, String> properties(Document document) {
        Map<String, String> properties = new TreeMap<>();
        for (Element property : elements(document, "property")) {
            String value = property.hasAttribute("value") ? property.getAttribute("value") : property.getTextContent();
            properties.put(property.getAttribute("name"), value.strip());
        }
        return properties;
    }

    private static List<Element> elements(Document document, String name) {
        NodeList nodes = document.getElementsByTagName(name);
        List<Element> elements = new ArrayList<>();
        for (int i = 0; i < nodes.getLength(); i++) {
            elements.add((Element) nodes.item(i));
        }
        return elements;
    }
}
