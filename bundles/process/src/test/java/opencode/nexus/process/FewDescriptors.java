package opencode.nexus.process;

import java.io.FileInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.process.ChildProcess;
import opencode.nexus.api.process.ProcessSpec;
import opencode.nexus.testkit.FakeHome;
import org.osgi.util.converter.Converters;

/**
 * A gateway in a process of its own that may open few files, and opens them all. It says what it saw, one line each, and
 * ends. {@code new} is a child of its own, {@code old} one that it has adopted.
 */
final class FewDescriptors {
    private final Path directory;
    private final LocalProcessHost host;
    private final List<FileInputStream> taken = new ArrayList<>();

    private FewDescriptors(Path directory) {
        this.directory = directory;
        LocalProcessHost before = host(directory);
        before.start(script("old", "echo here; exec sleep 1000"));
        before.close();
        host = host(directory);
    }

    public static void main(String[] arguments) throws Exception {
        FewDescriptors few = new FewDescriptors(Path.of(arguments[0]));
        try {
            few.run();
        } catch (Exception | Error e) {
            e.printStackTrace();
        } finally {
            few.giveBack();
            for (String name : List.of("old", "new", "other")) {
                few.host.find(name).ifPresent(child -> child.stop(Duration.ofSeconds(5)));
            }
            System.exit(0);
        }
    }

    private void run() throws Exception {
        ChildProcess old = host.find("old").orElseThrow();
        ChildProcess own = host.start(script("new", "echo here; exec sleep 1000"));
        own.usage();
        until(() -> own.lastLines(1).contains("here"));
        loadEverything();
        System.gc();

        takeAll();
        say("taken " + !taken.isEmpty());
        // Long enough for the host to look many times.
        for (int i = 0; i < 100; i++) {
            Thread.sleep(10);
            // What another thread had open just now, or the collector closes, must not stay free.
            takeAll();
        }
        say("old " + old.isAlive() + " " + host.find("old").isPresent());
        say("new " + own.isAlive() + " " + host.find("new").isPresent());
        say("again " + failure(() -> host.start(script("new", "exec sleep 1000"))));
        say("other " + failure(() -> host.start(script("other", "exec sleep 1000"))));
        say("command " + failure(() -> host.run(List.of("true"), Duration.ofSeconds(5))));
        say("lines " + own.lastLines(1));
        say("usage " + own.usage().rssBytes());
        old.stop(Duration.ofMillis(100));
        say("stopped " + !old.isAlive());

        giveBack();
        say("record " + Files.exists(directory.resolve("process/old.json")));
        say("watched " + (host.start(script("other", "exit 3")).onExit().get(20, TimeUnit.SECONDS) == 3));
        old.stop(Duration.ofSeconds(5));
        own.stop(Duration.ofSeconds(5));
        say("end " + !old.isAlive() + " " + !own.isAlive());
        until(() -> Files.notExists(directory.resolve("process/old.json")));
        say("forgotten " + Files.notExists(directory.resolve("process/old.json")));
    }

    /** As a framework has every jar open that it takes classes from; here each class is a file. */
    private static void loadEverything() throws Exception {
        Path classes = Path.of(LocalProcessHost.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        try (Stream<Path> files = Files.walk(classes)) {
            for (Path file :
                    files.filter(each -> each.toString().endsWith(".class")).toList()) {
                String name = classes.relativize(file).toString();
                Class.forName(
                        name.substring(0, name.length() - ".class".length()).replace('/', '.'));
            }
        }
        failure(() -> {
            throw new NexusException(NexusException.Kind.UNAVAILABLE, "loaded", "now");
        });
    }

    private void takeAll() throws IOException {
        try {
            while (true) {
                taken.add(new FileInputStream("/dev/null"));
            }
        } catch (FileNotFoundException e) {
            if (!e.getMessage().contains("Too many open files")) {
                throw e;
            }
        }
    }

    private void giveBack() throws IOException {
        for (FileInputStream each : taken) {
            each.close();
        }
        taken.clear();
    }

    private static String failure(Runnable what) {
        try {
            what.run();
            return "nothing";
        } catch (NexusException e) {
            return e.code() + " " + e.getMessage();
        }
    }

    private static void until(BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new IllegalStateException("It did not come to that in 20 s");
            }
            Thread.sleep(10);
        }
    }

    private static void say(String what) {
        System.out.println("> " + what);
    }

    private static LocalProcessHost host(Path directory) {
        return new LocalProcessHost(
                Converters.standardConverter()
                        .convert(Map.of("outputCheckMillis", 10))
                        .to(LocalProcessHost.Config.class),
                new FakeHome(directory),
                () -> false);
    }

    private ProcessSpec script(String name, String script) {
        return new ProcessSpec(name, List.of("sh", "-c", script), directory, Map.of(), Set.of(), Map.of());
    }
}
