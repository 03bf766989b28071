package opencode.nexus.opencode;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import opencode.nexus.api.chat.FileChange;
import org.junit.jupiter.api.Test;

class GitPatchTest {

    /** As OpenCode 1.18.33 gave it for a session that was taken back: a change, an addition of bytes, one of text, a removal. */
    private static final String DIFF =
            """
            diff --git a/README.md b/README.md
            index cfce803..76f177f 100644
            --- a/README.md
            +++ b/README.md
            @@ -1,2 +1 @@
            -# Ho
            -more
            +# Hi
            diff --git a/bin2.dat b/bin2.dat
            deleted file mode 100644
            index 8352675..0000000
            Binary files a/bin2.dat and /dev/null differ
            diff --git a/d/a b b/d/a b
            deleted file mode 100644
            index c1b0730..0000000
            --- a/d/a b\t
            +++ /dev/null
            @@ -1 +0,0 @@
            -x
            \\ No newline at end of file
            diff --git a/src/A.java b/src/A.java
            new file mode 100644
            index 0000000..0344fa0
            --- /dev/null
            +++ b/src/A.java
            @@ -0,0 +1 @@
            +class A{}""";

    @Test
    void whatWasTakenBackIsWhatTheAnswersHadDone() {
        assertThat(FileChanges.takenBack(DIFF, ""))
                .containsExactly(
                        new FileChange(
                                "README.md",
                                """
                                --- README.md
                                +++ README.md
                                @@ -1 +1,2 @@
                                -# Hi
                                +# Ho
                                +more
                                """,
                                2,
                                1,
                                "modified"),
                        new FileChange("bin2.dat", null, 0, 0, "added"),
                        new FileChange(
                                "d/a b",
                                """
                                --- /dev/null
                                +++ d/a b
                                @@ -0,0 +1 @@
                                +x
                                \\ No newline at end of file
                                """,
                                1,
                                0,
                                "added"),
                        new FileChange(
                                "src/A.java",
                                """
                                --- src/A.java
                                +++ /dev/null
                                @@ -1 +0,0 @@
                                -class A{}
                                """,
                                0,
                                1,
                                "deleted"));
    }

    @Test
    void aWorkspaceBelowTheRepositoryHasItsOwnPaths() {
        assertThat(FileChanges.takenBack(DIFF, "src"))
                .extracting(FileChange::file)
                .containsExactly("../README.md", "../bin2.dat", "../d/a b", "A.java");
    }

    @Test
    void aPatchReversedTwiceIsThePatch() {
        String diff =
                """
                diff --git a/f b/f
                index 1..2 100644
                --- a/f
                +++ b/f
                @@ -1,4 +1,5 @@ class F
                 one
                -two
                -three
                +2
                +3
                +3.5
                 four
                @@ -10 +11 @@
                -old end
                \\ No newline at end of file
                +new end
                \\ No newline at end of file""";
        GitPatch patch = GitPatch.all(diff).get(0);

        assertThat(patch.reversed().hunks())
                .containsExactly(
                        "@@ -1,5 +1,4 @@ class F",
                        " one",
                        "-2",
                        "-3",
                        "-3.5",
                        "+two",
                        "+three",
                        " four",
                        "@@ -11 +10 @@",
                        "-new end",
                        "\\ No newline at end of file",
                        "+old end",
                        "\\ No newline at end of file");
        assertThat(patch.reversed().reversed()).isEqualTo(patch);
    }

    @Test
    void contentThatLooksLikeADiffIsContent() {
        String diff =
                """
                diff --git a/f b/f
                index 1..2 100644
                --- a/f
                +++ b/f
                @@ -1,2 +1,2 @@
                --- a/other
                +++ b/other
                 diff --git a/x b/x""";

        assertThat(GitPatch.all(diff)).singleElement().satisfies(patch -> assertThat(patch.change(file -> file))
                .isEqualTo(new FileChange(
                        "f", "--- f\n+++ f\n" + diff.substring(diff.indexOf("@@")) + "\n", 1, 1, "modified")));
    }

    @Test
    void namesMayBeQuotedRenamedOrWithoutContent() {
        String diff =
                """
                diff --git "a/\\303\\244\\t\\"x\\".txt" "b/\\303\\244\\t\\"x\\".txt"
                old mode 100644
                new mode 100755
                diff --git a/old name b/new name
                similarity index 100%
                rename from old name
                rename to new name
                diff --git a/empty b/empty
                new file mode 100644
                index 0000000..e69de29
                diff --git a/x b/y b/x b/y
                old mode 100644
                new mode 100755""";

        List<FileChange> changes = GitPatch.all(diff).stream()
                .map(patch -> patch.change(file -> file))
                .toList();

        assertThat(changes)
                .extracting(FileChange::file, FileChange::status, FileChange::patch)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("ä\t\"x\".txt", "modified", null),
                        org.assertj.core.groups.Tuple.tuple("new name", "modified", null),
                        org.assertj.core.groups.Tuple.tuple("empty", "added", null),
                        org.assertj.core.groups.Tuple.tuple("x b/y", "modified", null));
    }

    @Test
    void whatIsNoDiffHasNoChanges() {
        assertThat(FileChanges.takenBack(null, "")).isEmpty();
        assertThat(FileChanges.takenBack("", "")).isEmpty();
        assertThat(FileChanges.takenBack("diff --git \n\n@@", "")).isEmpty();
        assertThat(FileChanges.takenBack("diff --git a/x b/y\nBinary files differ", ""))
                .isEmpty();
        assertThat(FileChanges.takenBack("fatal: not a git repository", "")).isEmpty();
    }
}
