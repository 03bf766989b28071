package opencode.nexus.itests;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * Everything in which a secret could show, read at one moment: every answer to a GET that the documentation lists, the pages,
 * every file of the home, arguments and variables of every process, and what was printed. What cannot be read fails the test.
 */
final class SecretScan {
    private static final List<String> PAGES = List.of("/", "/login", "/setup", "/dashboard", "/chat");

    private final Map<String, String> seen = new TreeMap<>();

    private SecretScan() {}

    /** @param but files of the home that are made for secrets */
    static SecretScan of(TunnelBed bed, Set<Path> but) throws Exception {
        SecretScan scan = new SecretScan();
        scan.answers(bed.owner());
        scan.files(bed.home(), but);
        scan.processes(bed);
        scan.seen.put("what was printed", String.join("\n", bed.printed()));
        scan.seen.put("/api/events", bed.told());
        return scan;
    }

    void nowhere(String secret) {
        assertThat(secret).hasSizeGreaterThan(10);
        assertThat(seen.entrySet().stream()
                        .filter(each -> each.getValue().contains(secret))
                        .map(Map.Entry::getKey))
                .as("where the secret shows")
                .isEmpty();
    }

    /** Whether there was something to look into: an answer by its path, or a file by its own below the home. */
    boolean saw(String place) {
        return !seen.getOrDefault(place, "").isEmpty();
    }

    private void answers(Owner owner) throws Exception {
        List<String> paths = new ArrayList<>(PAGES);
        JsonNode documented = new ObjectMapper(new YAMLFactory())
                .readTree(Path.of("../docs/openapi.yaml").toFile())
                .path("paths");
        for (Iterator<String> names = documented.fieldNames(); names.hasNext(); ) {
            String path = names.next();
            // The stream has no end; somebody else listens to it all the time.
            if (documented.path(path).has("get") && !path.contains("{") && !path.equals("/api/events")) {
                paths.add(path);
            }
        }
        assertThat(paths)
                .contains("/api/tunnel", "/api/tunnel/config", "/api/tunnel/log", "/api/settings", "/api/restart");
        owner.get("/api/settings")
                .json()
                .forEach(
                        group -> paths.add("/api/settings/" + group.path("name").asText()));
        owner.get("/api/restart").json().findValuesAsText("id").forEach(id -> paths.add("/api/restart/attempts/" + id));
        paths.addAll(List.of("/api/tunnel/log?lines=300", "/api/restart/export?format=text"));
        for (String path : paths) {
            Owner.Answer answer = owner.get(path);
            seen.put(path, answer.raw().headers() + "\n" + answer.text());
        }
        assertThat(seen.get("/api/settings/tunnel")).contains("command");
    }

    private void files(Path home, Set<Path> but) throws IOException {
        Files.walkFileTree(home, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                if (attributes.isRegularFile() && !but.contains(file)) {
                    try {
                        seen.put(home.relativize(file).toString(), Files.readString(file, ISO_8859_1));
                    } catch (NoSuchFileException e) {
                        seen.remove(home.relativize(file).toString());
                    }
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
                // A draft that was renamed meanwhile; whatever else cannot be read is no proof.
                if (e instanceof NoSuchFileException) {
                    return FileVisitResult.CONTINUE;
                }
                throw e;
            }
        });
    }

    private void processes(TunnelBed bed) throws Exception {
        ProcessHandle gateway = bed.nexus().handle();
        List<ProcessHandle> ours = Stream.concat(
                        Stream.concat(Stream.of(gateway), gateway.descendants()),
                        ProcessHandle.of(TunnelBed.pid(bed.status())).stream())
                .toList();
        for (ProcessHandle process : ours) {
            for (String file : List.of("cmdline", "environ")) {
                String text = proc(process, file);
                // One that is just being started or reaped shows nothing for a moment.
                for (int tries = 0; text.isEmpty() && process.isAlive() && tries < 100; tries++) {
                    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
                    text = proc(process, file);
                }
                assertThat(text.isEmpty() && process.isAlive())
                        .as("unread: " + process.info())
                        .isFalse();
                seen.put(file + " of " + process.pid(), text);
            }
        }
        // Whoever else lives here: everybody sees their arguments.
        ProcessHandle.allProcesses()
                .forEach(process -> seen.put("cmdline of " + process.pid(), proc(process, "cmdline")));
    }

    /** Empty when it ended meanwhile. */
    static String proc(ProcessHandle process, String file) {
        try {
            return Files.readString(Path.of("/proc", Long.toString(process.pid()), file), ISO_8859_1);
        } catch (IOException e) {
            if (process.isAlive()) {
                throw new java.io.UncheckedIOException(e);
            }
            return "";
        }
    }
}
