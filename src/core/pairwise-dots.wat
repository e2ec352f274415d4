(module
  (memory (export "memory") 1)

  ;; The dot products of `count` vectors of `bytes` bytes each with one another. They lie one after the other from address 0 on; `count` is even and
  ;; not 0, `bytes` a multiple of 16 and not 0. The product of i and j is stored at `out + 4 * (i * count + j)` and at `out + 4 * (j * count + i)`.
  ;; Two by two, because numbers that are read take part in two products then.
  (func (export "pairwise") (param $count i32) (param $bytes i32) (param $out i32)
    (local $i i32) (local $j i32) (local $a i32) (local $b i32) (local $c i32) (local $d i32) (local $end i32)
    (local $va v128) (local $vb v128) (local $vc v128) (local $vd v128)
    (local $ac v128) (local $ad v128) (local $bc v128) (local $bd v128)
    (loop $rows
      (local.set $j (local.get $i))
      (loop $columns
        (local.set $a (i32.mul (local.get $i) (local.get $bytes)))
        (local.set $b (i32.add (local.get $a) (local.get $bytes)))
        (local.set $c (i32.mul (local.get $j) (local.get $bytes)))
        (local.set $d (i32.add (local.get $c) (local.get $bytes)))
        (local.set $end (local.get $b))
        (local.set $ac (v128.const i32x4 0 0 0 0))
        (local.set $ad (v128.const i32x4 0 0 0 0))
        (local.set $bc (v128.const i32x4 0 0 0 0))
        (local.set $bd (v128.const i32x4 0 0 0 0))
        (loop $numbers
          (local.set $va (v128.load (local.get $a)))
          (local.set $vb (v128.load (local.get $b)))
          (local.set $vc (v128.load (local.get $c)))
          (local.set $vd (v128.load (local.get $d)))
          (local.set $ac (f32x4.add (local.get $ac) (f32x4.mul (local.get $va) (local.get $vc))))
          (local.set $ad (f32x4.add (local.get $ad) (f32x4.mul (local.get $va) (local.get $vd))))
          (local.set $bc (f32x4.add (local.get $bc) (f32x4.mul (local.get $vb) (local.get $vc))))
          (local.set $bd (f32x4.add (local.get $bd) (f32x4.mul (local.get $vb) (local.get $vd))))
          (local.set $b (i32.add (local.get $b) (i32.const 16)))
          (local.set $c (i32.add (local.get $c) (i32.const 16)))
          (local.set $d (i32.add (local.get $d) (i32.const 16)))
          (br_if $numbers (i32.lt_u (local.tee $a (i32.add (local.get $a) (i32.const 16))) (local.get $end))))
        (call $keep (local.get $i) (local.get $j) (local.get $count) (local.get $out) (local.get $ac))
        (call $keep (local.get $i) (i32.add (local.get $j) (i32.const 1)) (local.get $count) (local.get $out) (local.get $ad))
        (call $keep (i32.add (local.get $i) (i32.const 1)) (local.get $j) (local.get $count) (local.get $out) (local.get $bc))
        (call $keep (i32.add (local.get $i) (i32.const 1)) (i32.add (local.get $j) (i32.const 1)) (local.get $count) (local.get $out) (local.get $bd))
        (br_if $columns (i32.lt_u (local.tee $j (i32.add (local.get $j) (i32.const 2))) (local.get $count))))
      (br_if $rows (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 2))) (local.get $count)))))

  (func $keep (param $i i32) (param $j i32) (param $count i32) (param $out i32) (param $sums v128)
    (local $dot f32)
    (local.set $dot (f32.add
      (f32.add (f32x4.extract_lane 0 (local.get $sums)) (f32x4.extract_lane 1 (local.get $sums)))
      (f32.add (f32x4.extract_lane 2 (local.get $sums)) (f32x4.extract_lane 3 (local.get $sums)))))
    (f32.store
      (i32.add (local.get $out) (i32.shl (i32.add (i32.mul (local.get $i) (local.get $count)) (local.get $j)) (i32.const 2)))
      (local.get $dot))
    (f32.store
      (i32.add (local.get $out) (i32.shl (i32.add (i32.mul (local.get $j) (local.get $count)) (local.get $i)) (i32.const 2)))
      (local.get $dot)))
)
