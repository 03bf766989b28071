package opencode.nexus.opencode;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import opencode.nexus.api.NexusException.Field;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ServerRuleTest {
    @TempDir
    Path temporary;

    private Path directory;

    @BeforeEach
    void resolve() throws Exception {
        directory = temporary.toRealPath();
    }

    @Test
    void aDirectoryIsAWorkspace() {
        assertThat(workspaces(directory.toString(), directory + "/")).isEmpty();
        assertThat(new ServerRule().check(Map.of("workspaces", List.of(), "extra", List.of())))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"/", "//", "/..", "/tmp/../", "work", "./work", "~/work", "/proc/self/nowhere", "/etc/passwd"})
    void whatIsNoDirectoryOfTheOwnersIsNone(String workspace) {
        assertThat(workspaces(workspace)).extracting(Field::field).containsExactly("workspaces");
    }

    @Test
    void aLinkIsRefusedAndItsTargetNamed() throws Exception {
        Path target = Files.createDirectory(directory.resolve("target"));
        Path link = Files.createSymbolicLink(directory.resolve("link"), target);
        Path below = Files.createDirectory(target.resolve("below"));

        assertThat(workspaces(link.toString())).singleElement().satisfies(field -> assertThat(field.message())
                .contains(target.toString()));
        assertThat(workspaces(link.resolve("below").toString()))
                .singleElement()
                .satisfies(field -> assertThat(field.message()).contains(below.toString()));
        assertThat(workspaces(target.toString())).isEmpty();
    }

    @Test
    void eachWrongWorkspaceIsReported() {
        assertThat(workspaces("/", directory.toString(), "work")).hasSize(2);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--port",
                "--port=1",
                "--hostname",
                "--hostname=0.0.0.0",
                "--password=x",
                "--mdns",
                "--mdns-domain=x",
                "--mdnsDomain",
                "--no-mdns",
                "--port.x=1",
                "-port",
                "--cors",
                "--cors=*"
            })
    void addressPortPasswordAndCorsBelongToNexus(String argument) {
        assertThat(new ServerRule().check(Map.of("extra", List.of("--log-level", "DEBUG", argument, "x"))))
                .extracting(Field::field)
                .containsExactly("extra");
    }

    @Test
    void otherArgumentsAreTheOwners() {
        assertThat(new ServerRule().check(Map.of("extra", List.of("--log-level", "DEBUG", "--print-logs", "port"))))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"HTTPS_PROXY", "=x", "1A=x", "A B=x", "OPENCODE_SERVER_PASSWORD=x"})
    void aVariableHasANameAndIsNotNexus(String variable) {
        assertThat(new ServerRule().check(Map.of("environment", List.of("A=b", variable))))
                .extracting(Field::field)
                .containsExactly("environment");
        assertThat(new ServerRule().check(Map.of("environment", List.of("A=b=c", "_a1="))))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1:4096",
                "ftp://host",
                "http://",
                "http://a b",
                "http://me:secret@host",
                "http://host?x=1",
                "http://host:70000"
            })
    void anAddressIsOneOfTheWeb(String url) {
        assertThat(new ServerRule().check(Map.of("url", url)))
                .extracting(Field::field)
                .containsExactly("url");
        for (String good : List.of("", "http://127.0.0.1:4096", "https://box.example/opencode/", "http://[::1]:4096")) {
            assertThat(new ServerRule().check(Map.of("url", good))).isEmpty();
        }
    }

    private static List<Field> workspaces(String... paths) {
        return new ServerRule().check(Map.of("workspaces", List.of(paths)));
    }
}
