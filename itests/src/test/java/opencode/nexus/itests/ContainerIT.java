package opencode.nexus.itests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.ops4j.pax.exam.CoreOptions.options;
import static org.ops4j.pax.exam.CoreOptions.systemProperty;
import static org.ops4j.pax.exam.karaf.options.KarafDistributionOption.configureConsole;
import static org.ops4j.pax.exam.karaf.options.KarafDistributionOption.editConfigurationFilePut;
import static org.ops4j.pax.exam.karaf.options.KarafDistributionOption.karafDistributionConfiguration;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.ops4j.pax.exam.ExamSystem;
import org.ops4j.pax.exam.TestContainer;
import org.ops4j.pax.exam.spi.PaxExamRuntime;

/** The assembled archive in a container of its own: what is in it, and that it answers. */
class ContainerIT {
    private static TestBed bed;
    private static TestContainer container;
    private static Owner owner;
    private static int port;

    @BeforeAll
    static void start() throws Exception {
        bed = TestBed.real();
        port = Nexus.freePort();
        Nexus.Setup setup = bed.setup(bed.directory("unused"));
        ExamSystem system = PaxExamRuntime.createServerSystem(options(
                karafDistributionConfiguration()
                        .frameworkUrl(new File(System.getProperty("nexus.archive"))
                                .toURI()
                                .toString())
                        .karafVersion("4.4.10")
                        .useDeployFolder(false)
                        .unpackDirectory(new File("target/exam"))
                        .runEmbedded(false),
                configureConsole().ignoreLocalConsole().ignoreRemoteShell(),
                editConfigurationFilePut(
                        "etc/org.ops4j.pax.web.cfg", "org.osgi.service.http.port", Integer.toString(port)),
                systemProperty("nexus.workspace").value(setup.workspace().toString()),
                systemProperty("nexus.opencode").value(setup.opencode().toString())));
        container = PaxExamRuntime.createContainer(system);
        container.start();
        owner = new Owner(java.net.URI.create("http://127.0.0.1:" + port + "/"));
    }

    @AfterAll
    static void stop() throws Exception {
        if (container != null) {
            container.stop();
        }
        if (bed != null) {
            bed.close();
        }
    }

    @Test
    void theGateStandsAndTheCodeInTheHomeOpensIt() throws Exception {
        awaitUp();
        assertThat(owner.get("/api/server").status()).isEqualTo(401);
        Path code = find("setup-code");
        Owner.Answer wrong = owner.post("/api/setup", Map.of("code", "wrong", "password", Owner.PASSWORD));
        assertThat(wrong.code()).isEqualTo("wrong-code");
        Owner.Answer weak =
                owner.post("/api/setup", Map.of("code", Files.readString(code).strip(), "password", "short"));
        assertThat(weak.status()).isEqualTo(422);
        assertThat(weak.json().path("errors").get(0).path("field").asText()).isEqualTo("password");
        Owner.Answer right =
                owner.post("/api/setup", Map.of("code", Files.readString(code).strip(), "password", Owner.PASSWORD));
        assertThat(right.status()).as(right.text()).isEqualTo(201);
        assertThat(right.raw().headers().firstValue("Set-Cookie").orElse(""))
                .contains("HttpOnly", "SameSite=Strict", "Path=/");
        assertThat(owner.get("/api/me").status()).isEqualTo(200);
        assertThat(owner.post("/api/setup", Map.of("code", "x", "password", Owner.PASSWORD))
                        .status())
                .isEqualTo(409);
    }

    @Test
    void pagesComeUpBeforeTheConsoleAndEachFeatureByItsOwnName() throws Exception {
        Properties startup = new Properties();
        try (var in = Files.newInputStream(distribution("etc/startup.properties"))) {
            startup.load(in);
        }
        Map<String, Integer> levels = new TreeMap<>();
        Pattern jar = Pattern.compile(".*/(.+)-\\d[^/]*\\.jar");
        startup.forEach((location, level) -> {
            Matcher matcher = jar.matcher(location.toString());
            assertThat(matcher.matches()).as(location.toString()).isTrue();
            levels.put(matcher.group(1), Integer.parseInt(level.toString()));
        });
        assertThat(levels.get("org.apache.felix.scr")).isEqualTo(20);
        assertThat(levels.get("opencode.nexus.web")).isLessThan(levels.get("org.apache.karaf.shell.ssh"));
        assertThat(levels.get("opencode.nexus.api")).isLessThan(levels.get("opencode.nexus.opencode"));

        String boot = Files.readString(distribution("etc/org.apache.karaf.features.cfg"));
        String features = Files.readString(Path.of("../features/src/main/feature/feature.xml"));
        List<String> names = Pattern.compile("<feature name=\"([^\"]+)\"")
                .matcher(features)
                .results()
                .map(match -> match.group(1))
                .toList();
        assertThat(names).hasSizeGreaterThan(12).allSatisfy(name -> assertThat(boot)
                .contains(name + "/"));
    }

    @Test
    void theDistributionKeepsItsDoorsShut() throws Exception {
        assertThat(Files.readString(distribution("etc/org.apache.karaf.shell.cfg")))
                .contains("sshHost = 127.0.0.1");
        assertThat(Files.readString(distribution("etc/org.ops4j.pax.web.cfg")))
                .contains("listening.addresses = 127.0.0.1");
        assertThat(Files.readString(distribution("etc/users.properties"))
                        .lines()
                        .filter(line -> !line.startsWith("#")))
                .allMatch(String::isBlank);
        assertThat(Files.readString(distribution("etc/custom.properties"))).contains("karaf.shutdown.port = -1");
        assertThat(Files.readString(distribution("etc/org.ops4j.pax.url.mvn.cfg")))
                .doesNotContain("http");
        try (var all = Files.walk(distribution("system"))) {
            assertThat(all.map(Path::toString))
                    .noneMatch(path -> path.contains("pax-logging-logback") || path.contains("org.eclipse.osgi/"))
                    .noneMatch(path -> path.contains("karaf.management") || path.contains("karaf.instance"));
        }
    }

    private static Path distribution(String path) {
        return Path.of(System.getProperty("nexus.distribution"), path);
    }

    private static void awaitUp() throws Exception {
        long end = System.nanoTime() + 90_000_000_000L;
        while (System.nanoTime() < end) {
            try {
                if (owner.get("/login").status() == 200) {
                    return;
                }
            } catch (java.io.IOException e) {
                assertThat(e).isNotNull();
            }
            java.util.concurrent.locks.LockSupport.parkNanos(50_000_000);
        }
        throw new AssertionError("no page on port " + port);
    }

    private static Path find(String name) throws Exception {
        try (var files = Files.walk(Path.of("target/exam"))) {
            return files.filter(file -> file.endsWith("state/auth/" + name))
                    .max(java.util.Comparator.comparing(file -> file.toFile().lastModified()))
                    .orElseThrow();
        }
    }
}
